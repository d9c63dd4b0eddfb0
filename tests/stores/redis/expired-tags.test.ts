import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { expiredTags } from '../../../src/stores/redis/expired-tags.ts'

describe('expiredTags', () => {
  it('everything is an empty name beside the tags', () => {
    assert.deepEqual(expiredTags({ tags: ['a'] }), ['a'])
    assert.deepEqual(expiredTags({ everything: true }), [''])
    assert.deepEqual(expiredTags({ tags: ['a'], everything: true }), ['', 'a'])
  })
})
