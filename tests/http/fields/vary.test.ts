import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  joinVary,
  matchesSelecting,
  type RequestHeader,
  selectingHeaders,
  variesByAnything,
} from '../../../src/http/fields/vary.ts'
import { cpuMs } from '../../support/cpu-ms.ts'

function request(record: Record<string, string> = {}): RequestHeader {
  const headers = new Headers(Object.entries(record))
  return (name) => headers.get(name) ?? undefined
}

const noHeaders = request()

describe('selectingHeaders()', () => {
  it('returns the names in Vary, in lower case, each once, with the values of the request', () => {
    const header = request({ accept: 'a', 'accept-language': 'de' })
    assert.deepEqual(selectingHeaders('Accept-Language, Accept,, ACCEPT , X-None', header), {
      accept: 'a',
      'accept-language': 'de',
      'x-none': undefined,
    })
  })

  it('returns undefined without a name in Vary', () => {
    for (const vary of [null, '', ' ', ',', ' , ']) assert.equal(selectingHeaders(vary, noHeaders), undefined)
  })

  it('allows any name', () => {
    const selecting = selectingHeaders('__proto__, constructor', request({ __proto__x: '1' }))
    assert.deepEqual(Object.keys(selecting ?? {}), ['__proto__', 'constructor'])
    assert.equal(matchesSelecting(selecting, noHeaders), true)
    assert.equal(matchesSelecting(selecting, request({ constructor: '1' })), false)
    assert.equal(matchesSelecting(selecting, request(Object.fromEntries([['__proto__', '1']]))), false)
  })
})

describe('matchesSelecting()', () => {
  const selecting = selectingHeaders('accept, x-none', request({ accept: 'a, b' }))

  it('is true if every selecting header has the same value or is absent in both', () => {
    assert.equal(matchesSelecting(selecting, request({ accept: 'a, b' })), true)
    assert.equal(matchesSelecting(selecting, request({ accept: 'a, b', other: 'x' })), true)
    assert.equal(matchesSelecting(selecting, request({ accept: 'b, a' })), false)
    assert.equal(matchesSelecting(selecting, request({ accept: 'A, b' })), false)
    assert.equal(matchesSelecting(selecting, noHeaders), false)
    assert.equal(matchesSelecting(selecting, request({ accept: 'a, b', 'x-none': '' })), false)
    assert.equal(matchesSelecting(undefined, request({ accept: 'z' })), true)
  })

  it('ignores white space around list members', () => {
    assert.equal(matchesSelecting(selecting, request({ accept: ' a ,\tb' })), true)
    assert.equal(matchesSelecting(selecting, request({ accept: 'a,b' })), true)
    assert.equal(matchesSelecting(selecting, request({ accept: 'a b' })), false)
  })

  it('does not ignore white space within quotes', () => {
    const quoted = selectingHeaders('x', request({ x: '"a , b"' }))
    assert.equal(matchesSelecting(quoted, request({ x: '"a , b"' })), true)
    assert.equal(matchesSelecting(quoted, request({ x: '"a,b"' })), false)
  })

  it('is true for a response in the favourite language of a request that accepts several', () => {
    const german = selectingHeaders('accept-language', request({ 'accept-language': 'de' }))
    const wants = (field: string) => matchesSelecting(german, request({ 'accept-language': field }), 'de')
    assert.equal(wants('DE, en;q=0.5'), true)
    assert.equal(wants('en, de;q=0.5'), false)
    assert.equal(wants('de-AT, en;q=0.5'), false)
  })

  it('takes linear time', () => {
    const spaces: RequestHeader = () => `a${' '.repeat(200_000)}b`
    const startedAt = cpuMs()
    matchesSelecting(selectingHeaders('x', spaces), spaces)
    assert.ok(cpuMs() - startedAt < 500) // quadratic time would be half a minute
  })
})

describe('variesByAnything()', () => {
  it('is true for * at any position', () => {
    for (const vary of ['*', 'accept, *', '*,accept', ' * ', 'a*'])
      assert.equal(variesByAnything(vary), true, vary)
  })

  it('is true for an invalid header name', () => {
    for (const vary of ['foo bar', '"accept"', 'accept; q', 'accept:', 'é', '(x)']) {
      assert.equal(variesByAnything(vary), true, vary)
    }
  })

  it('is false for valid names', () => {
    for (const vary of [null, '', 'accept', 'Accept-Encoding , x_y', "!#$%&'+-.^_`|~09"]) {
      assert.equal(variesByAnything(vary), false, String(vary))
      assert.doesNotThrow(() => selectingHeaders(vary, noHeaders))
    }
  })
})

describe('joinVary()', () => {
  it('joins both lists, the handler’s first, each name once', () => {
    assert.equal(joinVary(null, []), null)
    assert.equal(joinVary('Accept', []), 'Accept')
    assert.equal(joinVary(null, ['accept', 'cookie']), 'accept, cookie')
    assert.equal(joinVary('Accept, Origin', ['origin', 'cookie']), 'Accept, Origin, cookie')
  })
})
