import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { GrowingInts, IN_CHUNK } from '../../../src/stores/memory/growing-ints.ts'

describe('GrowingInts', () => {
  it('keeps the integers while it grows, and those that remain while it shrinks', () => {
    const ints = new GrowingInts()
    const empty = ints.bytes
    const length = 100_000
    for (let n = 0; n < length; n += 4) {
      ints.fit(n + 4)
      for (let i = n; i < n + 4; i++) ints.chunkOf(i)[i & IN_CHUNK] = i
    }
    assert.ok(ints.bytes >= 4 * length && ints.bytes < 4 * length + 65_536, `${ints.bytes} bytes`)
    for (let n = length - 4; n >= 0; n -= 4) {
      assert.equal(ints.chunkOf(n)[n & IN_CHUNK], n)
      ints.fit(n)
    }
    assert.equal(ints.bytes, empty)
  })
})
