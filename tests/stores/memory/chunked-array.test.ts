import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ChunkedArray } from '../../../src/stores/memory/chunked-array.ts'

function numbers(): ChunkedArray<number> {
  return new ChunkedArray((length) => new Float64Array(length))
}

describe('ChunkedArray', () => {
  it('the elements are those that were set, over many chunks', () => {
    const array = numbers()
    for (let i = 0; i < 20_000; i++) array.set(i, 3 * i)
    array.set(7, -1)
    for (const i of [0, 1, 15, 16, 4095, 4096, 19_999]) assert.equal(array.at(i), 3 * i)
    assert.equal(array.at(7), -1)
  })

  it('the capacity is near the length when it grows, and again when it shrinks', () => {
    const array = numbers()
    assert.equal(array.capacity, 0)
    array.set(0, 1)
    assert.equal(array.capacity, 16)
    for (let i = 1; i < 100_000; i++) array.set(i, i)
    assert.equal(array.capacity >= 100_000 && array.capacity < 100_000 + 4096, true)
    array.truncate(5000)
    assert.equal(array.at(4999), 4999)
    assert.equal(array.capacity, 3 * 4096)
    array.truncate(0)
    assert.equal(array.capacity, 0)
  })

  it('no step copies more than the first chunk', () => {
    const lengths: number[] = []
    const array = new ChunkedArray<string>((length) => {
      lengths.push(length)
      return new Array(length)
    })
    for (let i = 0; i < 10_000; i++) array.set(i, `${i}`)
    assert.deepEqual(lengths, [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 4096, 4096])
    assert.equal(array.at(9999), '9999')
  })
})
