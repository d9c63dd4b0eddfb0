import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keysWithPrefix } from '../../../src/stores/memory/keys-with-prefix.ts'

describe('keysWithPrefix', () => {
  it('returns the keys with the prefix, and ends although the caller stores each key again', () => {
    const map = new Map(['a:1', 'b:1', 'a:2'].map((key) => [key, 0]))
    const seen: string[] = []
    for (const key of keysWithPrefix(map, 'a:')) {
      seen.push(key)
      map.delete(key)
      map.set(key, 1)
    }
    assert.deepEqual(seen, ['a:1', 'a:2'])
  })
})
