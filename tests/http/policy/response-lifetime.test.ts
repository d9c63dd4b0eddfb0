import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseCacheControl } from '../../../src/http/fields/cache-control.ts'
import { type LifetimeInput, responseLifetime } from '../../../src/http/policy/response-lifetime.ts'

const NOW = Date.UTC(2026, 10, 22, 12)

/** Lifetimes from `Cache-Control` and `Expires` are tested through judgeStorage(). */
function lifetimeOf(directives: string, input: Partial<LifetimeInput> = {}) {
  return responseLifetime({
    status: 200,
    headers: new Headers(),
    directives: parseCacheControl(directives),
    isTargeted: false,
    noCache: false,
    mustRevalidate: false,
    now: NOW,
    ...input,
  })
}

describe('responseLifetime()', () => {
  it('returns the lifetime without tags', () => {
    assert.deepEqual(lifetimeOf('max-age=60, stale-if-error=5'), {
      ttlMs: 60_000,
      staleWhileRevalidateMs: 0,
      staleIfErrorMs: 5000,
      keepStaleMs: 600_000,
      mustRevalidate: false,
      ageMs: 0,
      negative: false,
    })
  })

  it('returns undefined without a lifetime, and ignores Expires if the directives are targeted', () => {
    const headers = new Headers({ expires: new Date(NOW + 60_000).toUTCString() })
    assert.equal(lifetimeOf('public'), undefined)
    assert.equal(lifetimeOf('public', { headers, isTargeted: true }), undefined)
    const lifetime = lifetimeOf('public', { headers })
    assert.equal(typeof lifetime === 'object' && lifetime.ttlMs, 60_000)
  })

  it('returns a lifetime of 0 for no-cache with a validator, and "expired" without', () => {
    const headers = new Headers({ etag: '"a"' })
    const lifetime = lifetimeOf('max-age=60', { noCache: true, headers })
    assert.equal(typeof lifetime === 'object' && lifetime.ttlMs, 0)
    assert.equal(lifetimeOf('max-age=60', { noCache: true }), 'expired')
  })

  it('ignores the stale windows with mustRevalidate', () => {
    const lifetime = lifetimeOf('max-age=60, stale-while-revalidate=5, stale-if-error=5', {
      mustRevalidate: true,
    })
    assert.ok(typeof lifetime === 'object')
    assert.deepEqual(
      [lifetime.staleWhileRevalidateMs, lifetime.staleIfErrorMs, lifetime.keepStaleMs],
      [0, 0, 0],
    )
  })
})
