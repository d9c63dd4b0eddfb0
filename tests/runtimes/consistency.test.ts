/**
 * The consistency run: clients write and read a few users at random, by id, in lists and pages, while the service is stopped and
 * started again on the same file. `HITRATE_CONSISTENCY_MS` sets its duration for each runtime and number of threads; without it,
 * there is one short run.
 */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { seededRandom } from '../support/seeded-random.ts'
import { type Played, play } from './consistency/play.ts'
import { freePort, type ProcessRuntime, startService } from './running-service.ts'

const given = process.env.HITRATE_CONSISTENCY_MS
const durationMs = Number(given ?? 800)
const seed = Number(process.env.HITRATE_SEED ?? randomInt(2 ** 31))
const settings: [runtime: ProcessRuntime, threads: number][] =
  given === undefined
    ? [['bun', 2]]
    : [
        ['bun', 1],
        ['node', 1],
        ['bun', 2],
        ['node', 2],
      ]

const token = 'the-token-of-the-consistency-run'

/** Plays for half of the time, while the service is restarted, and for half of the time after it or until all kinds of requests were answered. */
async function playThroughRestart(runtime: ProcessRuntime, threads: number): Promise<Played> {
  const folder = await mkdtemp(join(tmpdir(), 'hitrate-consistency-'))
  const port = String(await freePort())
  const env = {
    DATABASE_URL: `sqlite:${join(folder, 'users.sqlite')}`,
    THREADS: String(threads),
    PORT: port,
    API_TOKEN: token,
  }
  let service = await startService(runtime, env)
  let isTimeOver = false
  let hasEnded = false
  try {
    const isOver = (played: Played) => hasEnded || (isTimeOver && hasAll(played))
    const playing = play({ url: service.url, token, clients: 8, isOver, random: seededRandom(seed) })
    await pause(durationMs / 2)
    const { code, output } = await service.end()
    assert.equal(code, 0, output)
    service = await startService(runtime, env)
    await pause(durationMs / 2)
    isTimeOver = true
    return await playing
  } finally {
    hasEnded = true
    await service.end()
    await rm(folder, { recursive: true, force: true })
  }
}

function hasAll({ writes, refused, reads, lists }: Played): boolean {
  return writes > 0 && refused > 0 && reads > 0 && lists > 0
}

describe(`the consistency run of ${durationMs} ms, HITRATE_SEED=${seed}`, () => {
  for (const [runtime, threads] of settings) {
    it(`shows no state older than a finished write or an earlier read: ${runtime}, THREADS=${threads}`, {
      timeout: 2 * durationMs + 60_000,
    }, async (t) => {
      const { faults, ...counts } = await playThroughRestart(runtime, threads)
      t.diagnostic(`${runtime}, THREADS=${threads}: ${JSON.stringify(counts)}`)
      assert.deepEqual(faults, [])
    })
  }
})
