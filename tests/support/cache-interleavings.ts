/**
 * Random interleavings of reads, loads, writes and invalidations, checked against a model with one rule: a read that
 * started after an invalidation never returns an older value, neither stored, shared, stale nor in place of an error.
 * The events must also agree with the calls made: reads, loads with each retry, invalidations.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { InvalidationBus } from '../../src/cache/invalidation/invalidation-bus.ts'
import type { Dice } from './interleavings/dice.ts'
import { Interleaving } from './interleavings/interleaving.ts'

const RUNS = Number(process.env.HITRATE_RUNS ?? 1000)
const SEED = Number(process.env.HITRATE_SEED ?? Math.floor(Math.random() * 2 ** 31))

/**
 * Plays RUNS interleavings of one process. HITRATE_SEED=<seed> HITRATE_RUNS=1 plays one of them again.
 *
 * @param threadsOf returns a bus per thread; an empty array means one thread without a bus.
 * @param required the outcomes and events that a minimal share of the interleavings must have.
 */
export function playAll(
  threadsOf: (dice: Dice) => readonly InvalidationBus[],
  required: readonly string[],
): void {
  describe(`${RUNS} interleavings from seed ${SEED}`, () => {
    const runsWith = new Map<string, number>()
    const part = Math.max(1, RUNS / 20) // a runtime may limit a test to a few seconds

    for (let from = 0; from < RUNS; from += part) {
      it(`a read that started after an invalidation returns no older value (${from} to ${from + part - 1})`, async () => {
        for (let run = from; run < from + part; run++) {
          const interleaving = new Interleaving(SEED + run, threadsOf)
          await interleaving.play()
          for (const name of interleaving.seen) runsWith.set(name, (runsWith.get(name) ?? 0) + 1)
        }
      })
    }

    it('the interleavings contain every outcome and event, so that the other tests are meaningful', () => {
      if (RUNS < 1000) return
      for (const name of required) {
        const runs = runsWith.get(name) ?? 0
        assert.equal(runs > RUNS / 1000, true, `${name}: only in ${runs} interleavings`)
      }
    })
  })
}
