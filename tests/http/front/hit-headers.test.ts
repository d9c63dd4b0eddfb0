import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CallbackErrors } from '../../../src/callback-errors.ts'
import { HitHeaderSource, type HitHeaders, valuesOf } from '../../../src/http/front/hit-headers.ts'
import { Message } from '../../../src/http/stored/heads/message.ts'

const valid: HitHeaders = { reads: ['x-in'], sets: ['x-a', 'x-b'], values: () => undefined }
const sourceOf = (option: object) =>
  new HitHeaderSource('test', { ...valid, ...option } as HitHeaders, new CallbackErrors('test'))

describe('HitHeaderSource', () => {
  it('passes the received values and the status on', () => {
    const source = sourceOf({ values: (received: unknown[], status: number) => [`${received} ${status}`] })
    assert.deepEqual(source.valuesFor(['a', 'b'], 404), ['a,b 404'])
  })

  it('has the headers as lines and as fields, without those that have no value', () => {
    const source = sourceOf({})
    assert.equal(source.linesOf([undefined, '1']), 'x-b: 1\r\n')
    assert.equal(source.linesOf(['1', '2', '3']), 'x-a: 1\r\nx-b: 2\r\n')
    assert.deepEqual(source.fieldsOf(['1', undefined]), ['x-a', '1'])
    assert.deepEqual(source.fieldsOf([]), [])
  })

  it('removes from a message what it replaces, and nothing else', () => {
    const source = sourceOf({})
    const message = new Message(200, { 'x-a': '1', 'x-b': '2', etag: '"a"' }, ['c=1'], 'text')
    const changed = source.without(message, ['3'])
    assert.deepEqual(changed.headers, { 'x-b': '2', etag: '"a"' })
    assert.deepEqual([changed.status, changed.cookies, changed.body], [200, ['c=1'], 'text'])
    assert.equal(source.without(message, []), message)
  })

  const mistakes: [option: object, message: RegExp][] = [
    [{ reads: 'x-in' }, /^test: hitHeaders: reads must be an array of strings, got "x-in"$/],
    [{ sets: undefined }, /^test: hitHeaders: sets must be an array of strings, got undefined$/],
    [{ values: 1 }, /^test: hitHeaders: values must be a function, got 1$/],
    [{ name: 1 }, /^test: hitHeaders: unknown option "name"/],
    [{ reads: ['X-In'] }, /^test: hitHeaders: a name must be a header name in lower case, got "X-In"$/],
    [{ sets: ['x\r\ny'] }, /a name must be a header name/],
    [{ sets: ['content-length'] }, /^test: hitHeaders cannot set content-length$/],
    [{ sets: ['set-cookie'] }, /cannot set set-cookie$/],
  ]
  for (const [option, message] of mistakes) {
    it(`refuses ${JSON.stringify(option)}`, () => {
      assert.throws(() => sourceOf(option), { name: 'TypeError', message })
    })
  }
})

describe('valuesOf()', () => {
  it('finds names in any case, and joins repeated headers', () => {
    const fields = [
      ['X-A', '1'],
      ['x-c', '2'],
      ['x-a', '3'],
    ] as const
    assert.deepEqual(valuesOf(['x-a', 'x-b'], fields), ['1, 3', undefined])
  })
})
