import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HistoryRing } from '../../src/dashboard/data/history-ring.ts'
import { startSampling } from '../../src/dashboard/start-sampling.ts'
import { createRegistry } from '../../src/metrics/index.ts'

/** Timers that the test ends by hand. */
function manualTimers() {
  const waiting: (() => void)[] = []
  return {
    schedule: (run: () => void) => {
      waiting.push(run)
      return () => {}
    },
    waiting,
    async tick() {
      for (const run of waiting.splice(0)) run()
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

describe('startSampling', () => {
  it('takes a sample after each interval', async () => {
    const ring = new HistoryRing(5000, 10)
    const { schedule, tick } = manualTimers()
    let now = 0
    startSampling(ring, { registry: createRegistry(), now: () => now, schedule })
    assert.equal(ring.since().samples.length, 0)
    for (now = 5000; now <= 15_000; now += 5000) await tick()
    assert.deepEqual(
      ring.since().samples.map(({ at }) => at),
      [5000, 10_000, 15_000],
    )
  })

  it('takes none while requests for the page have taken a newer one', async () => {
    const ring = new HistoryRing(5000, 10)
    const { schedule, tick } = manualTimers()
    const registry = createRegistry()
    startSampling(ring, { registry, now: () => 5000, schedule })
    ring.add(registry.collect(), 4000)
    await tick()
    assert.equal(ring.since().samples.length, 1)
  })

  it('calls no callback twice that returns a promise', async () => {
    const registry = createRegistry()
    let calls = 0
    registry.gauge({ name: 'rows', help: 'Rows of a database.', value: async () => ++calls })
    const ring = new HistoryRing(5000, 10)
    const { schedule, tick } = manualTimers()
    let now = 0
    startSampling(ring, { registry: [registry], now: () => now, schedule })
    for (now = 5000; now <= 20_000; now += 5000) await tick()
    assert.equal(ring.since().samples.length, 4)
    assert.ok(calls <= 1)
  })

  it('continues after a snapshot that failed', async () => {
    const ring = new HistoryRing(5000, 10)
    const { schedule, tick } = manualTimers()
    let now = 0
    const collect = () => {
      if (now === 5000) throw new Error('a process does not answer')
      return { families: [] }
    }
    startSampling(ring, { registry: { collect }, now: () => now, schedule })
    for (now = 5000; now <= 10_000; now += 5000) await tick()
    assert.deepEqual(
      ring.since().samples.map(({ at }) => at),
      [10_000],
    )
  })

  it('does nothing where there are no timers', () => {
    const schedule = () => {
      throw new Error('Disallowed operation called within global scope')
    }
    startSampling(new HistoryRing(5000, 10), { registry: createRegistry(), now: Date.now, schedule })
  })
})
