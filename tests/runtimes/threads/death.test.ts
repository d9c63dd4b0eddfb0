/** A thread that dies is replaced, what it has counted stays, and the others go on answering. */
import assert from 'node:assert/strict'
import { mkdir, rename, rmdir } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { counters } from './counters.ts'
import {
  ask,
  runtimes,
  sample,
  startThreads,
  type ThreadedService,
  together,
  until,
} from './threaded-service.ts'

const RESTARTS = 'hitrate_thread_restarts_total'
const REQUESTS = 'http_request_duration_seconds_count{method="GET",route="/api/user/:id",status="200"}'

/** Runs the story with a service of two threads, and ends it whatever happens. */
async function withThreads(
  runtime: (typeof runtimes)[number],
  story: (service: ThreadedService) => Promise<void>,
): Promise<void> {
  const service = await startThreads(runtime, { LOG_LEVEL: 'debug' })
  try {
    await story(service)
  } finally {
    await service.end()
  }
}

/** Asks until both threads have answered since. How often it has asked; all must be answered. */
async function bothAnswer(service: ThreadedService): Promise<number> {
  const since = service.lines().length
  let asked = 0
  await until(async () => {
    const answers = await together(8, () => ask(service, '/api/user/user_001'))
    for (const answer of answers) assert.equal(answer.status, 200)
    asked += answers.length
    return new Set(answeredBy(service, since)).size === 2
  })
  return asked
}

/** What the threads say of one user. */
async function names(service: ThreadedService): Promise<string[]> {
  const users = await together(16, async () => (await ask(service, '/api/user/user_001')).json())
  return [...new Set((users as { name: string }[]).map(({ name }) => name))]
}

function answeredBy(service: ThreadedService, since: number): unknown[] {
  const answers = service.lines().slice(since)
  return answers
    .filter(({ message }) => message === 'Request answered')
    .map(({ properties }) => properties.thread)
}

describe('a thread that dies', { concurrency: true }, () => {
  for (const runtime of runtimes) {
    describe(`on ${runtime}`, { timeout: 60_000, concurrency: 2 }, () => {
      it('is replaced, and its counts stay, whatever it dies of', () =>
        withThreads(runtime, async (service) => {
          const startedAt = performance.now()
          let asked = await bothAnswer(service)
          let last = await counters(service)
          assert.deepEqual([last.get(RESTARTS), last.get(REQUESTS)], [0, asked])

          for (const [i, fault] of (['throw', 'reject', 'exit'] as const).entries()) {
            await service.fault(fault)
            // Whoever is connected to it just then, or about to be, loses the connection: not the counts.
            while (last.get(RESTARTS) !== i + 1) {
              const next = await counters(service).catch(() => last)
              assertRisen(last, next)
              last = next
            }
            asked += await bothAnswer(service)
            const next = await counters(service)
            assertRisen(last, next)
            assert.deepEqual([next.get(RESTARTS), next.get(REQUESTS)], [i + 1, asked])
            last = next
          }
          await until(async () => (await sample(service, 'http_requests_in_flight')) === 1)

          const ended = service.lines().filter(({ message }) => message.startsWith('A thread ended'))
          assert.deepEqual(new Set(ended.map(({ level }) => level)), new Set(['ERROR']))
          const reasons = ended.map(({ properties }) => String(properties.error).split('\n')[0])
          const thrown = 'Error: a fault of the test'
          assert.deepEqual(reasons, [thrown, thrown, 'The thread exited with code 3'])
          for (const { properties } of ended) assert.ok([0, 1].includes(Number(properties.thread)))

          const livedSeconds = (performance.now() - startedAt) / 1000
          const healths = await together(12, async () => (await ask(service, '/health')).json())
          for (const { uptime_seconds: uptime } of healths as { uptime_seconds: number }[]) {
            assert.ok(uptime >= Math.round(livedSeconds), 'the process is as old as it is, whoever is asked')
          }
        }))

      it('leaves nothing old with the others of what it had written and not told', () =>
        withThreads(runtime, async (service) => {
          await bothAnswer(service)
          // What it would have done last: the other threads cannot know of it.
          const database = new DatabaseSync(service.database)
          database.exec("UPDATE users SET name = 'Alice Cooper' WHERE id = 'user_001'")
          database.close()
          assert.deepEqual(await names(service), ['Alice Johnson'])

          await service.fault('exit')
          await until(async () => (await sample(service, RESTARTS).catch(() => 0)) === 1)
          assert.deepEqual(await names(service), ['Alice Cooper'])
        }))

      it('leaves nothing in flight of what it was answering', async () => {
        const service = await startThreads(runtime, { CACHE: 'off', REPOSITORY_DELAY_MS: '1000' })
        try {
          const slow = together(16, () =>
            ask(service, '/api/user/user_001').then(
              (response) => response.status,
              () => 'cut',
            ),
          )
          await until(async () => (await sample(service, 'http_requests_in_flight')) === 17)
          await service.fault('throw')
          const answers = await slow
          assert.ok(answers.includes('cut') && answers.includes(200), String(answers))
          await until(async () => (await sample(service, RESTARTS).catch(() => 0)) === 1)
          assert.equal(await sample(service, 'http_requests_in_flight'), 1)
          assert.equal(await sample(service, REQUESTS), answers.filter((answer) => answer === 200).length)
        } finally {
          await service.end()
        }
      })

      it('is replaced again and again until one can start, while the other answers', () =>
        withThreads(runtime, async (service) => {
          await bothAnswer(service)
          const refused = () =>
            service.lines().filter(({ properties }) => /is a folder/.test(String(properties.error)))

          const elsewhere = `${service.database}.away`
          await rename(service.database, elsewhere)
          await mkdir(service.database)
          await service.fault('exit')
          await until(async () => {
            const answer = await ask(service, '/api/user/user_001').catch(() => undefined)
            if (refused().length > 0) assert.equal(answer?.status, 200)
            return refused().length >= 3
          })
          const [, second = 0, third = 0] = refused().map((line) => Date.parse(line['@timestamp']))
          assert.ok(third - second >= 200, 'it takes its time between the tries')
          await rmdir(service.database)
          await rename(elsewhere, service.database)
          await bothAnswer(service)
          assert.ok((await sample(service, RESTARTS)) >= 4)
          assert.equal(service.lines().filter(({ message }) => message === 'A thread was replaced').length, 1)
        }))
    })
  }
})

function assertRisen(before: Map<string, number>, after: Map<string, number>): void {
  for (const [name, value] of before) {
    const now = after.get(name) ?? Number.NaN
    assert.ok(now >= value, `${name} went from ${value} to ${now}`)
  }
}
