/** The contenders of the miss benchmark. Each opens with its own app or cache. */
import assert from 'node:assert/strict'
import { type Context, Hono } from 'hono'
import { LRUCache } from 'lru-cache'
import { createMemoryStorage, defineCachedHandler } from 'ocache'
import type { Hitrate } from '../checkout.ts'
import { type Transport, transportTo } from './without-socket.ts'

/** Runs so many operations, of which `inFlight` at a time are in progress. */
export type Operations = (times: number, inFlight: number) => Promise<void>

export interface Opening {
  hitrate: Hitrate
  /** How requests reach the app. */
  transport: Transport
}

/** Entries that a cache may hold, where it can be limited: after a warm-up, every miss evicts one. */
const MAX_ENTRIES = 1000

const ttlMs = 60_000

/** The keys of hits, read in turn (`i & 15`): with a single key, a compiler could move the read out of the loop. */
const HOT: readonly string[] = Array.from({ length: 16 }, (_, i) => `user:hot-${i}`)

export const contenders = {
  /** The least that a Hono app does for the same response. */
  bare({ transport }) {
    return coldRequests(() => new Hono().get('/api/user/:id', sendUser), transport, null)
  },

  /** The least that a cache in a middleware costs. */
  nothing({ transport }) {
    const app = new Hono()
    app.use(async (_, next) => {
      await next()
    })
    return coldRequests(() => app.get('/api/user/:id', sendUser), transport, null)
  },

  cached({ hitrate, transport }) {
    const { cached, createCache, memoryStore } = hitrate
    const cache = createCache({ memory: memoryStore({ maxEntries: MAX_ENTRIES }) })
    const cachedUser = cached({ cache, targetedControl: 'max-age=60' })
    return coldRequests(() => new Hono().get('/api/user/:id', cachedUser, sendUser), transport, STORED)
  },

  metrics({ hitrate, transport }) {
    const { cached, measured } = hitrate
    const { cache, instruments } = withMetrics(hitrate)
    const app = new Hono()
    app.use(measured({ onStart: instruments.onRequestStart, onEnd: instruments.onRequestEnd }))
    app.get('/api/user/:id', cached({ cache, targetedControl: 'max-age=60' }), sendUser)
    return coldRequests(() => app, transport, STORED)
  },

  ocache({ transport }) {
    const storage = createMemoryStorage({ maxSize: MAX_ENTRIES })
    const handler = defineCachedHandler(
      ({ req }) => Response.json(userOf(req.url.slice(req.url.lastIndexOf('/') + 1))),
      { maxAge: ttlMs / 1000, storage, cacheStatusHeader: true },
    )
    const app = new Hono()
    // It returns the value of its handler: a Response.
    app.get('/api/user/:id', async (c) => (await handler({ req: c.req.raw })) as Response)
    return coldRequests(() => app, transport, /miss/i)
  },

  /** The engine alone, without HTTP. */
  read({ hitrate: { createCache, memoryStore } }) {
    const cache = createCache({ memory: memoryStore({ maxEntries: MAX_ENTRIES }) })
    return coldReads((key, load) => cache.read(key, load, { ttlMs }))
  },

  readMetrics({ hitrate }) {
    const { cache } = withMetrics(hitrate)
    return coldReads((key, load) => cache.read(key, load, { ttlMs }))
  },

  lruRead() {
    const { cache, load } = lru()
    return coldReads((key) => cache.fetch(key), load)
  },

  hit({ hitrate: { createCache, memoryStore } }) {
    const cache = createCache({ memory: memoryStore({ maxEntries: MAX_ENTRIES }) })
    return hits((key, load) => cache.read(key, load, { ttlMs }))
  },

  hitMetrics({ hitrate }) {
    const { cache } = withMetrics(hitrate)
    return hits((key, load) => cache.read(key, load, { ttlMs }))
  },

  lruHit() {
    const { cache, load } = lru()
    return hits((key) => cache.fetch(key), load)
  },
} satisfies Record<string, (opening: Opening) => Operations>

export type ContenderName = keyof typeof contenders

const STORED = /^hitrate; fwd=uri-miss;.* stored/

function withMetrics({ createCache, createInstruments, createRegistry, memoryStore }: Hitrate) {
  const instruments = createInstruments({ registry: createRegistry(), version: '0', runtime: 'bench' })
  const memory = memoryStore({ maxEntries: MAX_ENTRIES })
  return { instruments, cache: createCache({ memory, onEvent: instruments.onCacheEvent }) }
}

function lru() {
  const load = countingLoad()
  const cache = new LRUCache<string, ReturnType<typeof userOf>>({
    max: MAX_ENTRIES,
    ttl: ttlMs,
    fetchMethod: load.call,
  })
  return { cache, load }
}

function sendUser(c: Context): Response {
  return c.json(userOf(c.req.param('id') ?? ''))
}

function userOf(id: string) {
  return { id, name: 'Ada Lovelace', email: 'ada@example.com' }
}

/**
 * GETs of URLs that no request has had before.
 * @param cacheStatus pattern of the response's Cache-Status; null when it must have none
 */
function coldRequests(appOf: () => Hono, transport: Transport, cacheStatus: RegExp | null): Operations {
  const get = transportTo(appOf, transport)
  let next = 0

  async function requests(times: number) {
    let last: Awaited<ReturnType<typeof get>> | undefined
    for (let i = 0; i < times; i++) last = await get(`/api/user/${next++}`)
    return last
  }

  return async function run(times, inFlight) {
    const share = Math.ceil(times / inFlight)
    const [last] = await Promise.all(Array.from({ length: inFlight }, () => requests(share)))
    assert.equal(last?.status, 200)
    const status = last.header('cache-status') ?? last.header('x-cache')
    if (cacheStatus === null) assert.equal(status, undefined)
    else assert.match(status ?? '', cacheStatus)
  }
}

function countingLoad() {
  let calls = 0
  return {
    calls: () => calls,
    async call() {
      calls++
      return userOf('1')
    },
  }
}

type Load = ReturnType<typeof countingLoad>

type ReadKey = (key: string, load: Load['call']) => Promise<unknown>

function coldReads(read: ReadKey, load = countingLoad()): Operations {
  let next = 0
  return async function run(times) {
    for (let i = 0; i < times; i++) await read(`user:${next++}`, load.call)
    assert.equal(load.calls(), next, 'not every read was a miss')
  }
}

function hits(read: ReadKey, load = countingLoad()): Operations {
  return async function run(times) {
    for (let i = 0; i < times; i++) await read(HOT[i & 15] ?? '', load.call)
    assert.ok(load.calls() <= HOT.length, 'not every read was a hit')
  }
}
