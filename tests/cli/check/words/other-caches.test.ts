import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sayingsOf } from '../../../../src/cli/check/words/other-caches.ts'

const meaningOf = (name: string, value: string) => sayingsOf(new Headers({ [name]: value }))[0]?.meaning

describe('sayingsOf', () => {
  it('a response without such headers says nothing', () => {
    assert.deepEqual(sayingsOf(new Headers({ 'content-type': 'text/plain' })), [])
  })

  it('the words of several caches have meanings', () => {
    assert.equal(meaningOf('cf-cache-status', 'HIT'), 'Cloudflare served it from its store')
    assert.equal(
      meaningOf('cf-cache-status', 'REVALIDATED'),
      'Cloudflare had it, and the origin confirmed it',
    )
    assert.equal(meaningOf('x-vercel-cache', 'PRERENDER'), 'Vercel served it from a file made at build time')
    assert.equal(meaningOf('x-cache', 'MISS, HIT'), 'a cache served it from its store')
    assert.equal(meaningOf('x-cache', 'TCP_REFRESH_HIT'), 'a cache had it, and the origin confirmed it')
    assert.equal(meaningOf('x-nextjs-cache', 'STALE'), 'Next.js served it stale')
    assert.equal(meaningOf('x-cache', 'whatever'), 'from a cache')
  })

  it('Age is time in other caches', () => {
    assert.equal(meaningOf('age', '3600'), '1 h of its lifetime were spent in other caches')
    assert.equal(meaningOf('age', 'old'), 'not a number')
  })
})
