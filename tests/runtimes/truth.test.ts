/**
 * The truth run: requests of many kinds at once, after which the metrics must equal the client's own count by method, route and
 * status. `HITRATE_TRUTH_REQUESTS` sets their number, and `HITRATE_TRUTH_KILLS` how often a thread is killed meanwhile.
 */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import process from 'node:process'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { seededRandom } from '../support/seeded-random.ts'
import { type RunningService, startService } from './running-service.ts'
import { scrapeValues } from './scrape-values.ts'
import { startThreads } from './threads/threaded-service.ts'
import { type Sent, sendMixed, type Tally } from './truth/mixed-requests.ts'

const count = Number(process.env.HITRATE_TRUTH_REQUESTS ?? 2000)
const kills = Number(process.env.HITRATE_TRUTH_KILLS ?? 0)
const seed = Number(process.env.HITRATE_SEED ?? randomInt(2 ** 31))

/** Longer than any pause of the event loop, so that the service sees that a client has left before its response exists. */
const env = { REPOSITORY_DELAY_MS: '250' }
const concurrency = 128

/** The requests that the service has counted, without the scrapes, once none but the scrape is in flight. */
async function countedBy({ url }: RunningService): Promise<[labels: string, count: number][]> {
  let samples: Map<string, number> | undefined
  while (samples?.get('http_requests_in_flight') !== 1) {
    await pause(20)
    samples = await scrapeValues(url).catch(() => undefined) // a thread may just be replaced
  }
  return [...samples]
    .flatMap(([name, value]): [string, number][] => {
      const [, labels] = /^http_request_duration_seconds_count\{(.*)\}$/.exec(name) ?? []
      return labels === undefined || labels.includes('route="/metrics"') ? [] : [[labels, value]]
    })
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
}

const ABSENT = 'method="GET",route="/api/user/:id",status="404"'
const LEFT = 'method="GET",route="/api/user/:id",status="499"'

/**
 * The client's count. On a busy machine, the response to a client that has left may be made before the service reads the end of the
 * connection; such a request counts as the 404 that nobody got. It is not the rule.
 */
function withLateLeavers(
  answered: Tally,
  counted: [labels: string, count: number][],
): [labels: string, count: number][] {
  const expected = new Map(answered.entries())
  const left = expected.get(LEFT) ?? 0
  const late = left - (new Map(counted).get(LEFT) ?? 0)
  assert.ok(late >= 0 && late <= left / 2, `${late} of ${left} clients left unnoticed`)
  expected.set(LEFT, left - late)
  expected.set(ABSENT, (expected.get(ABSENT) ?? 0) + late)
  return [...expected]
}

describe(`the truth run of ${count} requests, HITRATE_SEED=${seed}`, { concurrency: true }, () => {
  for (const runtime of ['bun', 'node'] as const) {
    for (const threads of [1, 2]) {
      it(`the metrics equal the client's count: ${runtime}, THREADS=${threads}`, {
        timeout: 600_000,
      }, async () => {
        const service =
          threads === 1
            ? await startService(runtime, env)
            : await startThreads(runtime, { ...env, THREADS: '2' })
        try {
          const { answered, failed } = await sendMixed(service.url, {
            count,
            concurrency,
            random: seededRandom(seed),
          })
          assert.deepEqual([failed, answered.total], [0, count])
          const counted = await countedBy(service)
          assert.deepEqual(counted, withLateLeavers(answered, counted))
        } finally {
          await service.end()
        }
      })
    }
  }
})

describe(`the truth run with ${kills} killed threads, HITRATE_SEED=${seed}`, { skip: kills === 0 }, () => {
  for (const runtime of ['bun', 'node'] as const) {
    it(`every answered request is counted, and at most the failed ones beside them: ${runtime}`, async () => {
      const service = await startThreads(runtime, env)
      try {
        let isOver = false
        const sending = sendMixed(service.url, { count, concurrency, random: seededRandom(seed) })
        const killing = (async () => {
          for (let i = 0; i < kills && !isOver; i++) {
            await pause(1000)
            await service.fault((['throw', 'reject', 'exit'] as const)[i % 3] ?? 'throw')
          }
        })()
        const sent: Sent = await sending
        isOver = true
        await killing
        const counted = new Map(await countedBy(service))
        for (const [labels, answered] of sent.answered.entries()) {
          // A client that leaves cannot know whether the thread has died before.
          if (labels.includes('status="499"')) continue
          const value = counted.get(labels) ?? 0
          assert.ok(
            value >= answered && value <= answered + sent.failed,
            `${labels}: ${value} for ${answered}`,
          )
        }
        const total = [...counted.values()].reduce((a, b) => a + b, 0)
        assert.ok(total <= count, `${total} counted of ${count} sent`)
      } finally {
        await service.end()
      }
    })
  }
})
