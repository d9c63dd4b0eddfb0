/** The default codec. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { jsonCodec } from '../../../src/cache/values/json-codec.ts'

describe('jsonCodec', () => {
  const { encode, decode } = jsonCodec

  it('a value of JSON is encoded and decoded', () => {
    const value = { items: [{ id: 1, name: 'é', at: null }] }
    assert.deepEqual(decode(encode(value)), value)
  })

  const circular: { self?: unknown } = {}
  circular.self = circular
  const refused: [name: string, value: unknown, message: string][] = [
    [
      'a Date',
      { items: [{ at: new Date(0) }] },
      'value.items[0].at is a Date, which JSON would turn into a string; pass a codec',
    ],
    ['a bigint', { n: 1n }, 'value.n is a bigint, which JSON cannot encode; pass a codec'],
    ['undefined', undefined, 'value is undefined, which JSON cannot encode; pass a codec'],
    ['a function', () => {}, 'value is a function, which JSON cannot encode; pass a codec'],
    [
      'a cycle',
      circular,
      'value.self is an object that contains itself, which JSON cannot encode; pass a codec',
    ],
  ]
  for (const [name, value, message] of refused) {
    it(`${name} is refused with an error that names its path`, () => {
      assert.throws(() => encode(value), { name: 'TypeError', message })
    })
  }

  it('the error of a getter is thrown', () => {
    const error = new Error('no')
    const get = () => {
      throw error
    }
    assert.throws(() => encode(Object.defineProperty({}, 'x', { get, enumerable: true })), error)
  })

  it('bytes that are not JSON in UTF-8 are decoded to undefined', () => {
    assert.equal(decode(new Uint8Array([0xff])), undefined)
    assert.equal(decode(new TextEncoder().encode('{')), undefined)
  })
})
