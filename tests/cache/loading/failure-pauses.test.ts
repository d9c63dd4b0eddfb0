/** The pauses of keys after failed loads: their length, their growth, the probe, and their bounds. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { InvalidationLog } from '../../../src/cache/invalidation/invalidation-log.ts'
import { entryOf } from '../../../src/cache/lifetime.ts'
import { FailurePauses } from '../../../src/cache/loading/failure-pauses.ts'
import type { Entry } from '../../../src/stores/entry.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const START = Date.UTC(2026, 10, 1)

/** `random` returns just below 1 by default, so that pauses are not shortened. */
function setUp({ random = (): number => 1, maxKeys = 100, maxLength = 1000 } = {}) {
  const clock = { ms: START }
  const log = new InvalidationLog()
  const loading = new Set<string>()
  const core = { now: () => clock.ms, random, log }
  const isLoading = (key: string) => loading.has(key)
  const pauses = new FailurePauses(core, { isLoading, maxKeys, maxLength })
  return { pauses, clock, log, loading }
}

function entryMadeAt(now: number): Entry {
  return entryOf('value', { ttlMs: 10, staleIfErrorMs: 1000 }, now, 0) as Entry
}

const entry = entryMadeAt(START - 1000)

describe('FailurePauses', () => {
  it('a key is paused for 1 s after a failure by default, and has no pause before', () => {
    const { pauses, clock } = setUp()
    assert.equal(pauses.current('k', entry), undefined)
    pauses.pause('k', entry, 'thrown')
    assert.equal(pauses.current('k', entry), 'thrown')
    clock.ms += 999
    assert.equal(pauses.current('k', entry), 'thrown')
    assert.equal(pauses.current('other', entry), undefined)
    clock.ms += 1
    assert.equal(pauses.current('k', entry), undefined)
  })

  it('a pause doubles with each failure in a row, up to 30 s', () => {
    const { pauses, clock } = setUp()
    const durations = Array.from({ length: 7 }, () => {
      pauses.pause('k', entry, 'thrown')
      const startedAt = clock.ms
      while (pauses.current('k', entry) !== undefined) clock.ms += 100
      return clock.ms - startedAt
    })
    assert.deepEqual(durations, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
  })

  it('a first pause of more than 30 s does not grow', () => {
    const { pauses, clock } = setUp()
    for (const _ of [1, 2]) {
      pauses.pause('k', entry, 'thrown', 60_000)
      clock.ms += 59_999
      assert.equal(pauses.current('k', entry), 'thrown')
      clock.ms += 1
      assert.equal(pauses.current('k', entry), undefined)
    }
  })

  it('a pause of 0 does not start', () => {
    const { pauses } = setUp()
    pauses.pause('k', entry, 'thrown', 0)
    assert.equal(pauses.current('k', entry), undefined)
  })

  it('pauses are shortened at random by up to half', () => {
    const seed = 20_261_101
    const { pauses, clock } = setUp({ random: seededRandom(seed) })
    const durations = Array.from({ length: 200 }, () => {
      pauses.reset('k')
      pauses.pause('k', entry, 'thrown')
      const startedAt = clock.ms
      while (pauses.current('k', entry) !== undefined) clock.ms += 1
      return clock.ms - startedAt
    })
    const [shortest, longest] = [Math.min(...durations), Math.max(...durations)]
    assert.ok(shortest >= 500 && shortest < 520, `${shortest}, seed ${seed}`)
    assert.ok(longest > 980 && longest <= 1000, `${longest}, seed ${seed}`)
  })

  it('a failure during the pause does not prolong it', () => {
    const { pauses, clock } = setUp()
    pauses.pause('k', entry, 'thrown')
    clock.ms += 900
    pauses.pause('k', entry, 'returned')
    assert.equal(pauses.current('k', entry), 'thrown')
    clock.ms += 100
    assert.equal(pauses.current('k', entry), undefined)
  })

  it('a key is paused after the pause while a read probes it, until the probe ends or is lost', () => {
    const { pauses, clock } = setUp()
    pauses.pause('k', entry, 'thrown')
    clock.ms += 1000
    const probe = { storeKey: 'k', startedAt: clock.ms, options: {} }
    pauses.startProbe(probe)
    assert.equal(pauses.current('k', entry), 'thrown')
    pauses.endProbe({ storeKey: 'k', startedAt: clock.ms - 1 }) // another read
    assert.equal(pauses.current('k', entry), 'thrown')
    pauses.endProbe(probe)
    assert.equal(pauses.current('k', entry), undefined)
    pauses.startProbe(probe)
    clock.ms += 29_999
    assert.equal(pauses.current('k', entry), 'thrown')
    clock.ms += 1
    assert.equal(pauses.current('k', entry), undefined)
  })

  it('a probe with a time limit of its own is lost at that limit', () => {
    for (const [options, lostMs] of [
      [{ loadTimeoutMs: 500 }, 500],
      [{ loadTimeoutMs: 60_000 }, 60_000],
      [{ loadTimeoutMs: Infinity }, 30_000],
      [{ hardTimeoutMs: 500 }, 30_000],
      [{ hardTimeoutMs: 60_000 }, 60_000],
      [{ hardTimeoutMs: Infinity }, 30_000],
    ] as const) {
      const { pauses, clock } = setUp()
      pauses.pause('k', entry, 'thrown')
      pauses.startProbe({ storeKey: 'k', startedAt: clock.ms + 1000, options })
      clock.ms += 1000 + lostMs - 1
      assert.equal(pauses.current('k', entry), 'thrown', JSON.stringify(options))
      clock.ms += 1
      assert.equal(pauses.current('k', entry), undefined, JSON.stringify(options))
    }
  })

  it('a key is paused after the pause while a load runs that readers would join', () => {
    const { pauses, clock, loading } = setUp()
    pauses.pause('k', entry, 'thrown')
    clock.ms += 1000
    loading.add('k')
    assert.equal(pauses.current('k', entry), 'thrown')
    assert.equal(pauses.current('never failed', entry), undefined)
  })

  it('a reset ends the pause and its growth', () => {
    const { pauses, clock } = setUp()
    pauses.pause('k', entry, 'thrown')
    clock.ms += 1000
    pauses.pause('k', entry, 'thrown')
    pauses.reset('k')
    assert.equal(pauses.current('k', entry), undefined)
    pauses.pause('k', entry, 'thrown')
    clock.ms += 1000
    assert.equal(pauses.current('k', entry), undefined)
  })

  it('a pause does not apply to another entry of the key, nor after an invalidation of the key', () => {
    const { pauses, log } = setUp()
    pauses.pause('k', entry, 'thrown')
    assert.equal(pauses.current('k', entryMadeAt(START)), undefined)
    assert.equal(pauses.current('k', entryMadeAt(START - 1000)), 'thrown')
    log.recordKey('other')
    assert.equal(pauses.current('k', entry), 'thrown')
    log.recordKey('k')
    assert.equal(pauses.current('k', entry), undefined)
  })

  it('a pause ends when the clock is set back', () => {
    const { pauses, clock } = setUp()
    pauses.pause('k', entry, 'thrown')
    clock.ms -= 3_600_000
    assert.equal(pauses.current('k', entry), undefined)
  })

  for (const [limit, options] of [
    ['number', { maxKeys: 2 }],
    ['length', { maxLength: 5 }],
  ] as const) {
    it(`the ${limit} of the keys is bounded: the oldest pauses are dropped`, () => {
      const { pauses } = setUp(options)
      for (const key of ['k1', 'k2', 'k3']) pauses.pause(key, entry, 'thrown')
      const isPaused = ['k1', 'k2', 'k3'].map((key) => pauses.current(key, entry) !== undefined)
      assert.deepEqual(isPaused, [false, true, true])
    })
  }
})
