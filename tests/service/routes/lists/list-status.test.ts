import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Outcome } from '../../../../src/cache/events.ts'
import { formatCacheStatus } from '../../../../src/http/fields/cache-status.ts'
import { ageOfList, type PartRead, statusOfList } from '../../../../src/service/routes/lists/list-status.ts'

const part = (outcome: Outcome, expiresInMs: number, kept = true): PartRead => ({
  outcome,
  expiresInMs,
  kept,
  ageMs: 60_000 - expiresInMs,
})
const hit = part('hit', 30_000)
const stale = part('stale', -2000)
const miss = part('miss', 60_000)
const coalesced = part('coalesced', 59_000)
const refused = part('miss', 0, false)
const bypass = part('bypass', 0, false)
const error = part('error', 60_000)

describe('statusOfList', () => {
  const cases: [name: string, parts: PartRead[], status: string][] = [
    ['a hit, with the first expiry', [hit, part('hit', 12_345)], 'hitrate; hit; ttl=12'],
    ['a hit that is stale, if a part is', [hit, stale], 'hitrate; hit; ttl=-2'],
    ['a miss, if all parts were loaded', [miss, part('miss', 5000)], 'hitrate; fwd=uri-miss; ttl=5; stored'],
    ['partial, if some were', [hit, miss, hit], 'hitrate; fwd=partial; ttl=30; stored; detail=loaded-1-of-3'],
    ['collapsed, if it waited for others', [coalesced], 'hitrate; fwd=uri-miss; ttl=59; stored; collapsed'],
    ['not collapsed, if it loaded too', [coalesced, miss], 'hitrate; fwd=uri-miss; ttl=59; stored'],
    ['not stored, if a part is not', [miss, refused], 'hitrate; fwd=uri-miss'],
    ['a miss, if the shared tier failed', [error], 'hitrate; fwd=uri-miss; ttl=60; stored'],
    ['a bypass', [bypass, bypass], 'hitrate; fwd=bypass'],
  ]
  for (const [name, parts, status] of cases) {
    it(`is ${name}`, () => assert.equal(formatCacheStatus(statusOfList(parts)), status))
  }

  it('names the failure in place of which stale parts were served', () => {
    const expected = 'hitrate; fwd=stale; fwd-status=503; ttl=-2; detail=stale-if-error'
    assert.equal(formatCacheStatus(statusOfList([hit, stale], 503)), expected)
  })
})

describe('ageOfList', () => {
  it('is the age of the oldest part in seconds', () => assert.equal(ageOfList([hit, stale, miss]), 62))
  it('does not exist if all parts were loaded', () => assert.equal(ageOfList([miss, bypass]), undefined))
})
