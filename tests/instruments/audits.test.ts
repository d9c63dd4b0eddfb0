import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { declareAudits } from '../../src/instruments/audits.ts'
import { createRegistry } from '../../src/metrics/index.ts'
import { scraped } from '../support/samples.ts'

describe('declareAudits', () => {
  it('the first audit shows all results, and only a difference has an age', () => {
    const registry = createRegistry()
    const audits = declareAudits(registry)
    const audit = { type: 'audit', cache: 'users' } as const
    audits.count({ ...audit, result: 'same', ageMs: 1_000_000 })
    const of = (result: string) =>
      scraped(registry).get(`cache_audit_total{cache="users",result="${result}"}`)
    assert.deepEqual(['same', 'different', 'failed'].map(of), [1, 0, 0])
    audits.count({ ...audit, result: 'different', ageMs: 30_000 })
    audits.count({ ...audit, result: 'failed', ageMs: 1 })
    assert.deepEqual(['same', 'different', 'failed'].map(of), [1, 1, 1])
    const samples = scraped(registry)
    const age = 'cache_audit_different_age_seconds'
    assert.equal(samples.get(`${age}_sum{cache="users"}`), 30)
    assert.equal(samples.get(`${age}_bucket{cache="users",le="15"}`), 0)
    assert.equal(samples.get(`${age}_bucket{cache="users",le="60"}`), 1)
    assert.equal(samples.get(`${age}_count{cache="users"}`), 1)
  })

  it('a cache without audits has no series', () => {
    const registry = createRegistry()
    declareAudits(registry)
    assert.deepEqual(
      [...scraped(registry).keys()].filter((name) => name.startsWith('cache_')),
      [],
    )
  })
})
