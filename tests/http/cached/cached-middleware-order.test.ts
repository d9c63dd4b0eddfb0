/** The table in docs/http/middleware-order.md: each row is a test case, and each cell the result that a second client sees. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { createCache } from '../../../src/cache/create-cache.ts'
import type { CacheEvent } from '../../../src/cache/events.ts'
import { cached } from '../../../src/http/cached/cached.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import {
  type OrderCase,
  orderCases,
  type Place,
  type Received,
  TEXT,
} from '../../support/middleware-order.ts'

interface Result {
  responses: readonly [Received, Received]
  warnings: readonly string[]
  /** The word of the table for the second response. */
  word: string
}

async function run(one: OrderCase, place: Place): Promise<Result> {
  const app = new Hono()
  const warnings: string[] = []
  const onEvent = (event: CacheEvent) => void (event.type === 'warning' && warnings.push(event.warning))
  const cache = cached({
    // Without timers: on a busy machine, a compressed body would else count as slow, and be streamed.
    cache: createCache({ memory: memoryStore(), onEvent, schedule: () => () => {} }),
    targetedControl: 'max-age=60',
    ...one.options,
  })
  const middleware = [one.middleware()].flat()
  for (const handler of place === 'before' ? [...middleware, cache] : [cache, ...middleware]) app.use(handler)
  app.all('*', one.handler ?? ((c) => c.text(TEXT)))

  const { clients = [{}, {}], addresses = [], method = 'GET', path = '/x', body } = one
  const send = async (index: 0 | 1): Promise<Received> => {
    const init = { method, headers: clients[index], ...(body === undefined ? {} : { body }) }
    const response = await app.request(path, init, { address: addresses[index] })
    const { status, headers } = response
    return { status, headers, body: await response.text() }
  }
  const responses = [await send(0), await send(1)] as const
  return { responses, warnings, word: wordOf(responses[1]) }
}

/** The status of a refusal, or what `Cache-Status` says. */
function wordOf({ status, headers }: Received): string {
  if (status >= 400) return String(status)
  const cacheStatus = headers.get('cache-status') ?? 'no Cache-Status'
  const [, detail] = /detail=([\w-]+)/.exec(cacheStatus) ?? []
  if (detail !== undefined) return detail
  return /hitrate; hit/.test(cacheStatus) ? 'hit' : (/fwd=([\w-]+)/.exec(cacheStatus)?.[1] ?? cacheStatus)
}

const page = readFileSync(new URL('../../../docs/http/middleware-order.md', import.meta.url), 'utf8')
const [, table = ''] =
  /\n\| middleware \| before `cached\(\)` \| behind \| note \|\n\|.*\n((?:\|.*\n)+)/.exec(page) ?? []
const rows = table
  .trimEnd()
  .split('\n')
  .map((line) =>
    line
      .slice(2)
      .split(' | ')
      .map((cell) => cell.replace(/`|\*\*/g, '')),
  )

describe('middleware before and behind cached()', () => {
  it('the table of the page has a row for each test case, in the same order', () => {
    assert.deepEqual(
      rows.map(([name]) => name),
      Object.keys(orderCases),
    )
  })

  for (const [name = '', before, behind] of rows) {
    for (const [place, expected] of [
      ['before', before],
      ['behind', behind],
    ] as const) {
      it(`${name} ${place} the cache: ${expected}`, async () => {
        const one = orderCases[name]
        assert.ok(one, `the row ${name} has no test case`)
        const { responses, warnings, word } = await run(one, place)
        assert.equal(word, expected)
        one.check?.(...responses, place, warnings)
      })
    }
  }
})
