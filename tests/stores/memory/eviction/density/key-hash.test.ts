import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keyHash } from '../../../../../src/stores/memory/eviction/density/key-hash.ts'

describe('keyHash', () => {
  it('is a 32-bit integer that depends on every character and on their order', () => {
    const keys = [
      '',
      'a',
      'b',
      'ab',
      'ba',
      'user:12',
      'user:21',
      'user:112',
      'user:1ü',
      'user:1\u{1f600}',
      'user:12\0',
    ]
    const hashes = keys.map(keyHash)
    assert.equal(new Set(hashes).size, keys.length)
    for (const hash of hashes) assert.equal(hash, hash | 0)
  })

  it('has few collisions and even low bits for numbered keys', () => {
    const sets = new Int32Array(1024)
    const hashes = new Set<number>()
    for (let n = 0; n < 102_400; n++) {
      const hash = keyHash(`GET https://example.com/products/${n}?page=1`)
      hashes.add(hash)
      const set = hash & 1023
      sets[set] = (sets[set] as number) + 1
    }
    assert.ok(hashes.size > 102_390, `${hashes.size} hashes of 102,400 keys`)
    assert.ok(Math.max(...sets) < 160, `${Math.max(...sets)} keys in one set, 100 is the mean`)
  })
})
