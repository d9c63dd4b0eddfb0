import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { originsOf } from '../../../src/http/policy/origins.ts'

describe('originsOf', () => {
  it('returns the same origins for one cache, in the order of their last requests', () => {
    const cache = {}
    const origins = originsOf(cache)
    for (const url of ['http://a/x', 'http://a/y', 'https://b:81/', 'http://[::1]/x', 'http://a/z']) {
      origins.note(url)
    }
    assert.deepEqual(originsOf(cache).list(), ['https://b:81', 'http://[::1]', 'http://a'])
    assert.deepEqual(originsOf({}).list(), [])
  })

  it('keeps the last 16, because clients may send any host', () => {
    const origins = originsOf({})
    for (let i = 0; i < 20; i++) origins.note(`http://host${i}/`)
    assert.deepEqual(
      origins.list(),
      Array.from({ length: 16 }, (_, i) => `http://host${i + 4}`),
    )
  })

  it('ignores a URL without a host, as on Bun', () => {
    const origins = originsOf({})
    origins.note('/x?u=http://y/')
    assert.deepEqual(origins.list(), [])
  })
})
