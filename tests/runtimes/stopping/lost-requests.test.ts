/** SIGTERM to a service whose clients never pause: it loses no request that was written on an established connection. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { describe, it } from 'node:test'
import { type ProcessRuntime, startService } from '../running-service.ts'
import { openBusyClients } from './busy-clients.ts'

const CLIENTS = 40

/** Answers before the signal. */
const BEFORE = 5 * CLIENTS

/** Runs of each case. From 2 on, all cases run, one after the other. */
const RUNS = Number(process.env.HITRATE_STOPS ?? 1)

interface Case {
  runtime: ProcessRuntime
  THREADS: '1' | '2'
  SOCKET_HITS: 'on' | 'off'
  load: keyof typeof paths
}

/** The path of request number `n`. Unknown users are misses. */
const paths = {
  hits: () => '/api/user/user_001',
  misses: (n: number) => `/api/user/unknown-${n}`,
  'hits and misses': (n: number) => (n % 2 === 0 ? '/api/user/user_001' : `/api/user/unknown-${n}`),
}

const all: Case[] = (['bun', 'node'] as const).flatMap((runtime) =>
  (['1', '2'] as const).flatMap((THREADS) =>
    (['on', 'off'] as const).flatMap((SOCKET_HITS) =>
      (['hits', 'misses', 'hits and misses'] as const).map((load) => ({
        ...{ runtime, THREADS, SOCKET_HITS, load },
      })),
    ),
  ),
)

/** For each change: each runtime and number of threads once, each way to serve hits. */
const few: Case[] = all.filter(
  ({ runtime, THREADS, SOCKET_HITS, load }) =>
    load === 'hits and misses' && (SOCKET_HITS === 'on') === ((runtime === 'node') === (THREADS === '1')),
)

describe('stopping under load', { concurrency: RUNS === 1 }, () => {
  for (const { load, ...options } of RUNS === 1 ? few : all) {
    const name = `${options.runtime}, THREADS=${options.THREADS}, SOCKET_HITS=${options.SOCKET_HITS}, ${load}`
    for (let run = 1; run <= RUNS; run++) {
      it(`loses no request of ${CLIENTS} busy clients (${name}, run ${run})`, { timeout: 60_000 }, () =>
        stopUnderLoad(options, paths[load]),
      )
    }
  }
})

async function stopUnderLoad(
  { runtime, ...env }: Omit<Case, 'load'>,
  path: (n: number) => string,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hitrate-stop-'))
  try {
    const DATABASE_URL = `sqlite:${join(folder, 'users.sqlite')}`
    const service = await startService(runtime, { ...env, DATABASE_URL })
    const clients = openBusyClients(Number(new URL(service.url).port), CLIENTS, path)
    await clients.answers(BEFORE)
    const { code, output } = await service.end()
    const { answered, lost } = await clients.finished()
    assert.deepEqual({ lost, code }, { lost: [], code: 0 }, output)
    assert.ok(answered > BEFORE, `${answered} answers`)
    assert.match(output, /"message":"Stopped"/)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
