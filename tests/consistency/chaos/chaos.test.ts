/**
 * Histories of several processes on one Redis, while connections, servers and processes fail. HITRATE_SEED=<seed> chooses the
 * faults, and HITRATE_HISTORY_MS the duration.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { skipUnless } from '../../support/installed.ts'
import { describeViolations } from '../history.ts'
import { type HistoryReport, playHistory } from './play-history.ts'
import type { ProcessKind } from './worker-process.ts'

const SEED = Number(process.env.HITRATE_SEED ?? Math.floor(Math.random() * 2 ** 31))
const DURATION_MS = Number(process.env.HITRATE_HISTORY_MS ?? 5000)

const processes: ProcessKind[] = [
  { runtime: 'node', client: 'ioredis', hasMemory: true },
  { runtime: 'bun', client: 'Bun.RedisClient', hasMemory: true },
  { runtime: 'node', client: 'node-redis', hasMemory: false },
]

describe(`a history of 3 processes from seed ${SEED}`, {
  skip: skipUnless('redis-server'),
  timeout: DURATION_MS + 60_000,
}, () => {
  it('every key is a regular register, through lost connections, servers and processes', async () => {
    const report = await playHistory({ seed: SEED, durationMs: DURATION_MS, processes, hasFaults: true })
    print(report)
    assert.equal(report.violations.length, 0, describeViolations(report.violations))
    assert.deepEqual(report.failures, [])
    assert.ok(report.reads > DURATION_MS / 10, `only ${report.reads} reads`)
    assert.ok(report.confirmedWrites > 10, `only ${report.confirmedWrites} confirmed writes`)
  })
})

function print({ violations, failures, ...figures }: HistoryReport): void {
  console.log(JSON.stringify({ seed: SEED, ...figures, old: violations.length, failures: failures.length }))
}
