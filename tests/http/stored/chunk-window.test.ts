import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ChunkWindow, joinChunks } from '../../../src/http/stored/chunk-window.ts'

const bytes = (...values: number[]) => Uint8Array.from(values)

describe('ChunkWindow', () => {
  it('addresses chunks by their position in the stream, also after older ones were dropped', () => {
    const window = new ChunkWindow([bytes(0), bytes(1)])
    window.push(bytes(2, 2))
    assert.deepEqual([window.start, window.end, window.bytes], [0, 3, 4])
    window.dropBefore(2)
    assert.deepEqual([window.start, window.end, window.bytes], [2, 3, 2])
    assert.deepEqual(
      [1, 2, 3].map((position) => window.chunkAt(position)),
      [undefined, bytes(2, 2), undefined],
    )
  })

  it('is empty at its end after all chunks were dropped', () => {
    const window = new ChunkWindow([bytes(0), bytes(1)])
    window.dropBefore(window.end)
    window.dropBefore(window.end)
    assert.deepEqual([window.start, window.end, window.bytes], [2, 2, 0])
    assert.deepEqual(window.join(), bytes())
  })

  it('leaves the array passed to the constructor unchanged', () => {
    const initial = [bytes(0)]
    const window = new ChunkWindow(initial)
    window.push(bytes(1))
    window.dropBefore(1)
    assert.deepEqual(initial, [bytes(0)])
  })
})

describe('joinChunks()', () => {
  it('returns the bytes of all chunks in order', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (chunks) => {
        const expected = chunks.flatMap((chunk) => [...chunk])
        assert.deepEqual([...joinChunks(chunks, expected.length)], expected)
      }),
    )
  })

  it('copies a single chunk only if it is a view of a larger buffer', () => {
    const whole = bytes(1, 2, 3)
    assert.equal(joinChunks([whole], 3), whole)
    const joined = joinChunks([whole.subarray(1)], 2)
    assert.deepEqual(joined, bytes(2, 3))
    assert.equal(joined.buffer.byteLength, 2)
  })
})
