import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { outcomeOf } from '../../../src/process/requests/cache-outcome.ts'

describe('outcomeOf()', () => {
  const cases: [cacheStatus: string | null, status: number, outcome: string | undefined][] = [
    [null, 200, undefined],
    ['other; hit', 200, undefined],
    ['hitrate; hit; ttl=59', 200, 'hit'],
    ['hitrate; hit; ttl=59', 304, 'hit'],
    ['hitrate; hit; ttl=0', 404, 'hit'],
    ['hitrate; hit; ttl=-40', 200, 'stale'],
    ['hitrate; fwd=stale; fwd-status=503; ttl=-40; detail=stale-if-error', 200, 'stale'],
    ['hitrate; fwd=uri-miss; ttl=60; stored', 200, 'miss'],
    ['hitrate; fwd=uri-miss; ttl=60; stored; collapsed', 200, 'coalesced'],
    ['hitrate; fwd=uri-miss', 503, 'error'],
    ['hitrate; fwd=uri-miss; collapsed', 503, 'error'],
    ['hitrate; fwd=uri-miss; detail=timeout', 504, 'error'],
    ['hitrate; detail=only-if-cached', 504, 'miss'],
    ['hitrate; fwd=bypass', 200, 'bypass'],
    ['hitrate; fwd=method', 201, 'bypass'],
    ['hitrate; fwd=method', 503, 'bypass'],
    ['origin; fwd=miss, hitrate; hit; ttl=5', 200, 'hit'],
  ]
  for (const [cacheStatus, status, outcome] of cases) {
    it(`is ${outcome} for ${cacheStatus} with ${status}`, () => {
      assert.equal(outcomeOf(cacheStatus, status), outcome)
    })
  }
})
