/** A thread that dies is replaced, its counts stay, and the other threads go on serving. */
import assert from 'node:assert/strict'
import { mkdir, rename, rmdir } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { counters } from './counters.ts'
import {
  runtimes,
  sample,
  send,
  startThreads,
  type ThreadedService,
  together,
  until,
} from './threaded-service.ts'

const RESTARTS = 'hitrate_thread_restarts_total'
const REQUESTS = 'http_request_duration_seconds_count{method="GET",route="/api/user/:id",status="200"}'

/** Runs `test` with a service of two threads, and ends the service afterwards. */
async function withThreads(
  runtime: (typeof runtimes)[number],
  test: (service: ThreadedService) => Promise<void>,
): Promise<void> {
  const service = await startThreads(runtime, { LOG_LEVEL: 'debug' })
  try {
    await test(service)
  } finally {
    await service.end()
  }
}

/** Sends requests until both threads have served some, and returns their number. Each must succeed. */
async function untilBothServe(service: ThreadedService): Promise<number> {
  const since = service.lines().length
  let requests = 0
  await until(async () => {
    const responses = await together(8, () => send(service, '/api/user/user_001'))
    for (const response of responses) assert.equal(response.status, 200)
    requests += responses.length
    return new Set(threadsServing(service, since)).size === 2
  })
  return requests
}

/** The different names of one user in the responses of the threads. */
async function names(service: ThreadedService): Promise<string[]> {
  const users = await together(16, async () => (await send(service, '/api/user/user_001')).json())
  return [...new Set((users as { name: string }[]).map(({ name }) => name))]
}

function threadsServing(service: ThreadedService, since: number): unknown[] {
  const lines = service.lines().slice(since)
  return lines
    .filter(({ message }) => message === 'Request answered')
    .map(({ properties }) => properties.thread)
}

describe('a thread that dies', { concurrency: true }, () => {
  for (const runtime of runtimes) {
    describe(`on ${runtime}`, { timeout: 120_000, concurrency: 2 }, () => {
      it('is replaced, and its counts stay, after any kind of death', () =>
        withThreads(runtime, async (service) => {
          const startedAt = performance.now()
          let requests = await untilBothServe(service)
          let last = await counters(service)
          assert.deepEqual([last.get(RESTARTS), last.get(REQUESTS)], [0, requests])

          for (const [i, fault] of (['throw', 'reject', 'exit'] as const).entries()) {
            await service.fault(fault)
            // A client connected to the dying thread loses its connection, but no counts are lost.
            await until(async () => {
              const next = await counters(service).catch(() => last)
              assertNoneFell(last, next)
              last = next
              return last.get(RESTARTS) === i + 1
            })
            requests += await untilBothServe(service)
            const next = await counters(service)
            assertNoneFell(last, next)
            assert.deepEqual([next.get(RESTARTS), next.get(REQUESTS)], [i + 1, requests])
            last = next
          }
          await until(async () => (await sample(service, 'http_requests_in_flight')) === 1)

          const ended = service.lines().filter(({ message }) => message.startsWith('A thread ended'))
          assert.deepEqual(new Set(ended.map(({ level }) => level)), new Set(['ERROR']))
          const reasons = ended.map(({ properties }) => String(properties.error).split('\n')[0])
          const thrown = 'Error: a fault of the test'
          assert.deepEqual(reasons, [thrown, thrown, 'The thread exited with code 3'])
          for (const { properties } of ended) assert.ok([0, 1].includes(Number(properties.thread)))

          const elapsedSeconds = (performance.now() - startedAt) / 1000
          const healths = await together(12, async () => (await send(service, '/health')).json())
          for (const { uptime_seconds: uptime } of healths as { uptime_seconds: number }[]) {
            assert.ok(
              uptime >= Math.round(elapsedSeconds),
              'uptime must be that of the process in every thread',
            )
          }
        }))

      it('leaves no old responses in the other threads after a write without an invalidation', () =>
        withThreads(runtime, async (service) => {
          await untilBothServe(service)
          // Stands for a write of the dying thread that was committed, but whose invalidation was not published.
          const database = new DatabaseSync(service.database)
          database.exec("UPDATE users SET name = 'Alice Cooper' WHERE id = 'user_001'")
          database.close()
          assert.deepEqual(await names(service), ['Alice Johnson'])

          await service.fault('exit')
          await until(async () => (await sample(service, RESTARTS).catch(() => 0)) === 1)
          assert.deepEqual(await names(service), ['Alice Cooper'])
        }))

      it('leaves no requests in http_requests_in_flight', async () => {
        const service = await startThreads(runtime, { CACHE: 'off', REPOSITORY_DELAY_MS: '4000' })
        try {
          const slow = together(16, () =>
            send(service, '/api/user/user_001').then(
              (response) => response.status,
              () => 'closed',
            ),
          )
          await until(async () => (await sample(service, 'http_requests_in_flight')) === 17)
          await service.fault('throw')
          const results = await slow
          assert.ok(results.includes('closed') && results.includes(200), String(results))
          await until(async () => (await sample(service, RESTARTS).catch(() => 0)) === 1)
          assert.equal(await sample(service, 'http_requests_in_flight'), 1)
          assert.equal(await sample(service, REQUESTS), results.filter((result) => result === 200).length)
        } finally {
          await service.end()
        }
      })

      it('is replaced again until a thread can start, while the other thread serves', () =>
        withThreads(runtime, async (service) => {
          await untilBothServe(service)
          const failures = () =>
            service.lines().filter(({ properties }) => /is a folder/.test(String(properties.error)))

          const moved = `${service.database}.away`
          await rename(service.database, moved)
          await mkdir(service.database)
          await service.fault('exit')
          await until(async () => {
            const response = await send(service, '/api/user/user_001').catch(() => undefined)
            if (failures().length > 0) assert.equal(response?.status, 200)
            return failures().length >= 3
          })
          const [, second = 0, third = 0] = failures().map((line) => Date.parse(line['@timestamp']))
          assert.ok(third - second >= 200, 'it must pause between the restarts')
          await rmdir(service.database)
          await rename(moved, service.database)
          await untilBothServe(service)
          assert.ok((await sample(service, RESTARTS)) >= 4)
          assert.equal(service.lines().filter(({ message }) => message === 'A thread was replaced').length, 1)
        }))
    })
  }
})

function assertNoneFell(before: Map<string, number>, after: Map<string, number>): void {
  for (const [name, value] of before) {
    const now = after.get(name) ?? Number.NaN
    assert.ok(now >= value, `${name} fell from ${value} to ${now}`)
  }
}
