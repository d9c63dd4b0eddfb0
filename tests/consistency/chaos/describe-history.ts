/**
 * Tests of one store: histories of several processes while connections, servers and processes fail. HITRATE_SEED=<seed> chooses
 * the faults, and HITRATE_HISTORY_MS the duration.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describeViolations } from '../history.ts'
import type { HistoryKind } from '../stores/kind/history-store.ts'
import { type HistoryReport, playHistory } from './play-history.ts'

export const SEED = Number(process.env.HITRATE_SEED ?? Math.floor(Math.random() * 2 ** 31))
const LONG_MS = process.env.HITRATE_HISTORY_MS

export const isLong = LONG_MS !== undefined

/** @param shortMs duration unless HITRATE_HISTORY_MS is set, in ms. */
export function describeHistory(store: HistoryKind, shortMs: number): void {
  const durationMs = Number(LONG_MS ?? shortMs)
  const { name, skip, promise } = store

  describe(`a history of 3 processes on ${name} from seed ${SEED}`, {
    skip,
    timeout: durationMs + 60_000,
  }, () => {
    it(`every key is a regular register, through lost connections, servers and processes; ${promise.because}`, async () => {
      const report = await playHistory({ store, seed: SEED, durationMs, hasFaults: true })
      print(name, report)
      assert.equal(report.violations.length, 0, describeViolations(report.violations))
      assert.deepEqual(report.failures, [])
      assert.ok(report.reads > durationMs / 10, `only ${report.reads} reads`)
      assert.ok(report.confirmedWrites > 10, `only ${report.confirmedWrites} confirmed writes`)
    })
  })
}

function print(store: string, { violations, failures, ...figures }: HistoryReport): void {
  const counts = { ...figures, old: violations.length, failures: failures.length }
  console.log(JSON.stringify({ store, seed: SEED, ...counts }))
}
