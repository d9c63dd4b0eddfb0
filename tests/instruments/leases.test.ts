import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LeaseResult } from '../../src/cache/events.ts'
import { declareLeases } from '../../src/instruments/leases.ts'
import { renderText } from '../../src/metrics/exposition/text.ts'
import { createRegistry } from '../../src/metrics/index.ts'
import { scraped } from '../support/samples.ts'

function declared() {
  const registry = createRegistry()
  return { registry, leases: declareLeases(registry) }
}

describe('declareLeases', () => {
  it('a cache without leases has no samples', () => {
    const { registry } = declared()
    assert.deepEqual(
      [...scraped(registry).keys()].filter((name) => !name.startsWith('metrics_label_overflows')),
      [],
    )
  })

  it('leases and waits are counted by cache and result', () => {
    const { registry, leases } = declared()
    const results: Record<LeaseResult, number> = {
      granted: 4,
      'taken-over': 1,
      stored: 3,
      released: 1,
      lost: 1,
    }
    for (const [result, count] of Object.entries(results)) {
      for (let i = 0; i < count; i++) {
        leases.count({ type: 'lease', cache: 'users', result: result as LeaseResult }) // a key of the record
      }
    }
    leases.count({ type: 'lease', cache: 'pages', result: 'granted' })
    leases.countWait({ type: 'lease-wait', cache: 'users', result: 'value', durationMs: 250 })
    leases.countWait({ type: 'lease-wait', cache: 'users', result: 'value', durationMs: 500 })
    leases.countWait({ type: 'lease-wait', cache: 'users', result: 'none', durationMs: 0 })
    leases.countWait({ type: 'lease-wait', cache: 'users', result: 'left', durationMs: 20_000 })
    const text = renderText(registry.collect()).replace(/^cache_lease_wait_duration_seconds_bucket.*\n/gm, '')
    assert.equal(
      text,
      `# HELP cache_leases_total Leases of the shared tier that began (granted, taken-over) or ended (stored, released, lost).
# TYPE cache_leases_total counter
cache_leases_total{cache="users",result="granted"} 4
cache_leases_total{cache="users",result="taken-over"} 1
cache_leases_total{cache="users",result="stored"} 3
cache_leases_total{cache="users",result="released"} 1
cache_leases_total{cache="users",result="lost"} 1
cache_leases_total{cache="pages",result="granted"} 1
cache_leases_total{cache="pages",result="taken-over"} 0
cache_leases_total{cache="pages",result="stored"} 0
cache_leases_total{cache="pages",result="released"} 0
cache_leases_total{cache="pages",result="lost"} 0
# HELP cache_lease_waits_total Reads that waited for the load of another process, by result.
# TYPE cache_lease_waits_total counter
cache_lease_waits_total{cache="users",result="value"} 2
cache_lease_waits_total{cache="users",result="none"} 1
cache_lease_waits_total{cache="users",result="left"} 1
cache_lease_waits_total{cache="pages",result="value"} 0
cache_lease_waits_total{cache="pages",result="none"} 0
cache_lease_waits_total{cache="pages",result="left"} 0
# HELP cache_lease_wait_duration_seconds Duration of the waits of reads for the load of another process.
# TYPE cache_lease_wait_duration_seconds histogram
cache_lease_wait_duration_seconds_sum{cache="users"} 20.75
cache_lease_wait_duration_seconds_count{cache="users"} 4
cache_lease_wait_duration_seconds_sum{cache="pages"} 0
cache_lease_wait_duration_seconds_count{cache="pages"} 0
# HELP metrics_label_overflows_total Label lookups that used "other" because a label had reached its maximum of values.
# TYPE metrics_label_overflows_total counter
metrics_label_overflows_total{metric="cache_leases_total"} 0
metrics_label_overflows_total{metric="cache_lease_waits_total"} 0
metrics_label_overflows_total{metric="cache_lease_wait_duration_seconds"} 0
`,
    )
    const buckets = scraped(registry)
    const bucket = (le: string) =>
      buckets.get(`cache_lease_wait_duration_seconds_bucket{cache="users",le="${le}"}`)
    assert.deepEqual(
      [bucket('0.000001'), bucket('0.25'), bucket('0.5'), bucket('10'), bucket('+Inf')],
      [1, 2, 3, 3, 4],
    )
  })
})
