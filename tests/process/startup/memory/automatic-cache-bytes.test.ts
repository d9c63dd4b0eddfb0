import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { automaticCacheBytes } from '../../../../src/process/startup/memory/automatic-cache-bytes.ts'

const MIB = 2 ** 20
const mibOf = (limitMib: number, threads?: number) => automaticCacheBytes(limitMib * MIB, threads) / MIB

describe('the automatic size of the cache', () => {
  it('is less than the limit without the threads', () => {
    for (const limit of [256, 512, 1024, 4096]) {
      for (const threads of [1, 2, 4]) {
        const size = mibOf(limit, threads)
        assert.ok(size === 4 * threads || size < limit - threads * 100, `${size} of ${limit} with ${threads}`)
      }
    }
  })

  it('is at least 4 MiB and at most 1 GiB for each thread', () => {
    assert.deepEqual([mibOf(64), mibOf(64, 3)], [4, 12])
    assert.deepEqual([mibOf(1e6), mibOf(1e6, 3)], [1024, 3072])
  })

  it('is a fixed part of an isolate on Workers', () => {
    assert.equal(automaticCacheBytes(), automaticCacheBytes(128 * MIB, 1))
  })

  it('is a whole number of bytes', () => {
    for (let bytes = 600 * MIB; bytes < 600 * MIB + 10; bytes++)
      assert.ok(Number.isInteger(automaticCacheBytes(bytes)))
  })
})
