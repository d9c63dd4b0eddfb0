/** Metrics of several processes, merged, equal those of one process that has counted everything. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { outcomes } from '../../src/cache/events.ts'
import { createInstruments } from '../../src/instruments/create-instruments.ts'
import { renderText } from '../../src/metrics/exposition/text.ts'
import { createRegistry, merge, type ProcessReaders, type Snapshot } from '../../src/metrics/index.ts'
import { samplesOf } from '../support/samples.ts'
import { watchedCache } from '../support/watched-cache.ts'

function aProcess(process: ProcessReaders = {}) {
  const registry = createRegistry({ now: () => 1000 })
  const instruments = createInstruments({ registry, version: '1.2.3', runtime: 'test', process })
  return { instruments, snapshot: () => structuredClone(registry.collect()) }
}

function samples(...snapshots: Snapshot[]): Record<string, number> {
  return Object.fromEntries(samplesOf(renderText(merge(snapshots))))
}

describe('merged instruments', () => {
  it('the six metrics are those of all reads', () => {
    const read = fc.record({
      process: fc.nat(2),
      outcome: fc.constantFrom(...outcomes),
      cache: fc.constantFrom('users', 'pages'),
      durationMs: fc.nat(1000),
    })
    fc.assert(
      fc.property(fc.array(read, { maxLength: 40 }), (reads) => {
        const processes = [aProcess(), aProcess(), aProcess()]
        const one = aProcess()
        for (const { process, ...event } of reads) {
          for (const { instruments } of [processes[process] ?? one, one]) {
            instruments.onCacheEvent({ type: 'read', tier: undefined, ...event })
          }
        }
        const expected = { ...samples(one.snapshot()), hitrate_threads: processes.length }
        const merged = samples(...processes.map(({ snapshot }) => snapshot()))
        assert.deepEqual(Object.keys(merged).sort(), Object.keys(expected).sort())
        for (const [name, value] of Object.entries(expected)) {
          // Rates and means are rounded at each step.
          assert.ok(
            Math.abs((merged[name] ?? Number.NaN) - value) <= 1e-12 * value,
            `${name} ${merged[name]}, not ${value}`,
          )
        }
      }),
      { numRuns: 50 },
    )
  })

  it('a tier is up if it is up in every process, and sizes are added', () => {
    const [up, down] = [true, false].map((remoteUp) => {
      const { instruments, snapshot } = aProcess()
      instruments.watch(
        watchedCache('users', { entries: 3, bytes: 100, maxBytes: 1000, remoteUp, busUp: remoteUp }),
      )
      return snapshot()
    })
    assert.ok(up && down)
    const shown = samples(up, down, up)
    assert.equal(shown['cache_tier_up{cache="users",tier="memory"}'], 1)
    assert.equal(shown['cache_tier_up{cache="users",tier="remote"}'], 0)
    assert.equal(shown['cache_bus_up{cache="users"}'], 0)
    assert.equal(shown['cache_entries{cache="users"}'], 9)
    assert.equal(shown['cache_max_size_bytes{cache="users"}'], 3000)
  })

  it('times and limits of processes are not added, memory and CPU time are', () => {
    const snapshots = [1, 2].map((n) =>
      aProcess({
        startTimeSeconds: () => 1000 * n,
        memoryLimitBytes: () => 4e9,
        residentMemoryBytes: () => 1e6 * n,
        cpuSeconds: () => n,
      }).snapshot(),
    )
    const shown = samples(...snapshots)
    assert.equal(shown.process_start_time_seconds, 2000)
    assert.equal(shown.process_memory_limit_bytes, 4e9)
    assert.equal(shown.process_resident_memory_bytes, 3e6)
    assert.equal(shown.process_cpu_seconds_total, 3)
    assert.equal(shown['hitrate_build_info{version="1.2.3",runtime="test"}'], 1)
  })
})
