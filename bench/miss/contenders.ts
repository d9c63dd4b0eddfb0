/** The contenders of the miss benchmark. Each opens with its own app or cache, and runs so many misses in one go. */
import assert from 'node:assert/strict'
import { type Context, Hono } from 'hono'
import { createMemoryStorage, defineCachedHandler } from 'ocache'
import type { Hitrate } from '../checkout.ts'
import type { Run } from '../take-turns.ts'

/** Entries that a cache may hold, where it can be limited: after a warm-up, every miss evicts one. */
const MAX_ENTRIES = 1000

const ttlMs = 60_000

export const contenders = {
  /** The least that a Hono app does for the same response. */
  bare() {
    const app = new Hono()
    app.get('/api/user/:id', sendUser)
    return coldRequests(app, null)
  },

  cached({ cached, createCache, memoryStore }: Hitrate) {
    const cache = createCache({ memory: memoryStore({ maxEntries: MAX_ENTRIES }) })
    const app = new Hono()
    app.get('/api/user/:id', cached({ cache, targetedControl: 'max-age=60' }), sendUser)
    return coldRequests(app, /^hitrate; fwd=uri-miss;.* stored/)
  },

  metrics({ cached, createCache, createInstruments, createRegistry, measured, memoryStore }: Hitrate) {
    const instruments = createInstruments({ registry: createRegistry(), version: '0', runtime: 'bench' })
    const memory = memoryStore({ maxEntries: MAX_ENTRIES })
    const cache = createCache({ memory, onEvent: instruments.onCacheEvent })
    const app = new Hono()
    app.use(measured({ onStart: instruments.onRequestStart, onEnd: instruments.onRequestEnd }))
    app.get('/api/user/:id', cached({ cache, targetedControl: 'max-age=60' }), sendUser)
    return coldRequests(app, /^hitrate; fwd=uri-miss;.* stored/)
  },

  ocache() {
    const storage = createMemoryStorage({ maxSize: MAX_ENTRIES })
    const handler = defineCachedHandler(
      ({ req }) => Response.json(userOf(req.url.slice(req.url.lastIndexOf('/') + 1))),
      { maxAge: ttlMs / 1000, storage, cacheStatusHeader: true },
    )
    const app = new Hono()
    // It returns the value of its handler: a Response.
    app.get('/api/user/:id', async (c) => (await handler({ req: c.req.raw })) as Response)
    return coldRequests(app, /miss/i)
  },

  /** The engine alone, without HTTP and metrics. */
  read({ createCache, memoryStore }: Hitrate) {
    const cache = createCache({ memory: memoryStore({ maxEntries: MAX_ENTRIES }) })
    let next = 0
    let loads = 0
    async function load() {
      loads++
      return userOf('1')
    }
    return async function run(times) {
      for (let i = 0; i < times; i++) await cache.read(`user:${next++}`, load, { ttlMs })
      assert.equal(loads, next, 'not every read was a miss')
    }
  },
} satisfies Record<string, (hitrate: Hitrate) => Run>

export type ContenderName = keyof typeof contenders

function sendUser(c: Context): Response {
  return c.json(userOf(c.req.param('id') ?? ''))
}

function userOf(id: string) {
  return { id, name: 'Ada Lovelace', email: 'ada@example.com' }
}

/**
 * GETs of URLs that no request has had before; reads the whole body.
 * @param cacheStatus pattern of the response's Cache-Status; null when it must have none
 */
function coldRequests(app: Hono, cacheStatus: RegExp | null): Run {
  let next = 0
  return async function run(times) {
    let last: Response | undefined
    for (let i = 0; i < times; i++) {
      last = await app.fetch(new Request(`http://localhost/api/user/${next++}`))
      await last.text()
    }
    assert.equal(last?.status, 200)
    const status = last.headers.get('cache-status') ?? last.headers.get('x-cache')
    if (cacheStatus === null) assert.equal(status, null)
    else assert.match(status ?? '', cacheStatus)
  }
}
