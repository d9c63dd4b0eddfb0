import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ownedString, ownedValue } from '../../src/heap/owned.ts'

describe('ownedString', () => {
  it('the copy has the same characters, on both engines', () => {
    const texts = [
      '',
      'a',
      'ab',
      'x'.repeat(12),
      'x'.repeat(13),
      'é"\\\n\0\u2028'.repeat(9),
      '☃'.repeat(99),
      '\ud800a\udc00'.repeat(9),
    ]
    for (const text of texts) {
      assert.equal(ownedString(text, 'v8'), text)
      assert.equal(ownedString(text, 'jsc'), text)
    }
  })
})

describe('ownedValue', () => {
  it('a view of a pool is copied, and stays of its class', () => {
    const buffer = Buffer.from('abc')
    const copy = ownedValue(buffer)
    assert.equal(Buffer.isBuffer(copy), true)
    assert.equal(copy.toString(), 'abc')
    assert.notEqual(copy.buffer, buffer.buffer)
    assert.equal(copy.buffer.byteLength, 3)
    buffer.fill(0)
    assert.equal(copy.toString(), 'abc')
  })

  it('views of each class are copied with their part of the buffer', () => {
    const { buffer } = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
    const view = ownedValue(new DataView(buffer, 4, 4))
    assert.deepEqual([view.getUint8(0), view.byteLength, view.buffer.byteLength], [4, 4, 4])
    assert.deepEqual(ownedValue(new Uint16Array(buffer, 2, 1)), new Uint16Array([0x0302]))
    assert.deepEqual(ownedValue(new Float64Array(buffer, 8)), new Float64Array(buffer, 8))
  })

  it('a larger view is copied only if its buffer is larger', () => {
    const whole = new Uint8Array(10_000)
    assert.equal(ownedValue(whole), whole)
    const part = ownedValue(new Uint8Array(20_000).subarray(1, 10_001))
    assert.deepEqual([part.byteLength, part.buffer.byteLength], [10_000, 10_000])
  })

  it('a view that would take long to copy, and any other value, is returned as it is', () => {
    const values = [
      new Uint8Array(2 ** 21).subarray(1),
      { a: Buffer.from('abc') },
      new ArrayBuffer(8),
      1,
      null,
    ]
    for (const value of values) assert.equal(ownedValue(value), value)
  })
})
