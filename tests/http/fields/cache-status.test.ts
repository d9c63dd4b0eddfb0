import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CacheStatus, formatCacheStatus } from '../../../src/http/fields/cache-status.ts'

describe('Cache-Status', () => {
  const cases: [status: CacheStatus, member: string][] = [
    [{}, 'hitrate'],
    [{ hit: true, ttlMs: 37_999 }, 'hitrate; hit; ttl=37'],
    [{ hit: true, ttlMs: 0 }, 'hitrate; hit; ttl=0'],
    [{ hit: true, ttlMs: -1 }, 'hitrate; hit; ttl=-1'],
    [{ hit: true, ttlMs: -1000 }, 'hitrate; hit; ttl=-1'],
    [{ hit: false, fwd: 'uri-miss', stored: false, collapsed: false }, 'hitrate; fwd=uri-miss'],
    [{ fwd: 'uri-miss', ttlMs: 60_000, stored: true }, 'hitrate; fwd=uri-miss; ttl=60; stored'],
    [{ fwd: 'vary-miss', collapsed: true }, 'hitrate; fwd=vary-miss; collapsed'],
    [
      { detail: 'stale-if-error', ttlMs: -2000, fwdStatus: 503, fwd: 'stale' },
      'hitrate; fwd=stale; fwd-status=503; ttl=-2; detail=stale-if-error',
    ],
  ]
  for (const [status, member] of cases) {
    it(member, () => assert.equal(formatCacheStatus(status), member))
  }
})
