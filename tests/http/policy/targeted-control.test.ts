import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type TargetedControl, targetedDirectives } from '../../../src/http/policy/targeted-control.ts'

/** The `max-age` that the option gives to a response. */
function maxAge(
  option: TargetedControl,
  status: number,
  { headers = {}, ownMaxAge }: { headers?: Record<string, string>; ownMaxAge?: number } = {},
): string | true | undefined {
  return targetedDirectives(option, [200])(status, new Headers(headers), () => ownMaxAge)?.get('max-age')
}

describe('targetedControl as a string', () => {
  it('a string applies to the listed statuses', () => {
    assert.equal(maxAge('max-age=60', 200), '60')
    assert.equal(maxAge('max-age=60', 404), undefined)
  })

  it('a string that is no list of directives is an error', () => {
    for (const value of ['', 'max-age=1m', 'Max-Age=60', 'max-age=-1', '60']) {
      assert.throws(() => targetedDirectives(value, [200]), {
        name: 'TypeError',
        message: `cached: targetedControl must be cache directives with lifetimes in seconds, such as max-age=60, got "${value}"`,
      })
    }
  })
})

describe('targetedControl by status', () => {
  it('a status wins over its class, and other statuses get nothing', () => {
    const option = { 200: 'max-age=60', 404: 'max-age=30', '4xx': 'max-age=3', '5xx': 'max-age=2' }
    const expected = {
      200: '60',
      201: undefined,
      302: undefined,
      400: '3',
      404: '30',
      499: '3',
      500: '2',
      599: '2',
    }
    for (const [status, seconds] of Object.entries(expected)) {
      assert.equal(maxAge(option, Number(status)), seconds, status)
    }
  })

  it('cacheableStatusCodes does not restrict an object', () => {
    assert.equal(targetedDirectives({ 404: 'max-age=30' }, [])(404, new Headers(), () => undefined)?.size, 1)
  })

  it('an object without statuses gives nothing', () => {
    assert.equal(maxAge({}, 200), undefined)
  })

  it('a key that is no status is an error that names it', () => {
    for (const key of ['199', '600', '1xx', '6xx', '5XX', '5x', 'default', '__proto__x', '404 ']) {
      assert.throws(() => targetedDirectives({ [key]: 'max-age=1' }, [200]), {
        name: 'TypeError',
        message: `cached: targetedControl: a key must be a status from 200 to 599, or a class such as 5xx, got "${key}"`,
      })
    }
  })

  it('a value that is no list of directives is an error that names its key', () => {
    for (const [value, got] of [
      ['max-age=1m', '"max-age=1m"'],
      [60, '60'],
      [undefined, 'undefined'],
    ] as const) {
      assert.throws(() => targetedDirectives({ '5xx': value as string }, [200]), {
        name: 'TypeError',
        message: `cached: targetedControl["5xx"] must be cache directives with lifetimes in seconds, such as max-age=60, got ${got}`,
      })
    }
  })
})

describe('targetedControl as a function', () => {
  it('a function gets the status, the headers and the own lifetime of every response', () => {
    const option: TargetedControl = ({ status, headers, maxAge }) =>
      `max-age=${status + Number(headers.get('x-more')) + (maxAge ?? 0)}`
    assert.equal(maxAge(option, 404, { headers: { 'x-more': '1000' }, ownMaxAge: 5 }), '1409')
  })

  it('the lifetime of the response can be capped', () => {
    const atMostOneMinute: TargetedControl = ({ maxAge }) => maxAge && `max-age=${Math.min(maxAge, 60)}`
    assert.equal(maxAge(atMostOneMinute, 200, { ownMaxAge: 30 }), '30')
    assert.equal(maxAge(atMostOneMinute, 200, { ownMaxAge: 90 }), '60')
    assert.equal(maxAge(atMostOneMinute, 200, { ownMaxAge: 0 }), undefined)
    assert.equal(maxAge(atMostOneMinute, 200), undefined)
  })

  it('the headers are a copy', () => {
    const headers = new Headers({ 'x-a': '1' })
    const option: TargetedControl = (response) => {
      response.headers.delete('x-a')
      return undefined
    }
    targetedDirectives(option, [])(200, headers, () => undefined)
    assert.equal(headers.get('x-a'), '1')
  })

  it('an error of the function is wrapped in one that names the option', () => {
    const cause = new Error('broken')
    const option = () => {
      throw cause
    }
    assert.throws(() => maxAge(option, 200), { message: 'cached: targetedControl threw an error', cause })
  })

  it('a result that is no list of directives is an error', () => {
    for (const [result, got] of [
      ['60', '"60"'],
      [60, '60'],
      [{}, 'an object'],
      [Promise.resolve('max-age=60'), 'an object'],
    ] as const) {
      assert.throws(() => maxAge(() => result as string, 200), {
        name: 'TypeError',
        message: `cached: the result of targetedControl must be cache directives with lifetimes in seconds, such as max-age=60, got ${got}`,
      })
    }
  })
})
