/** A Hono app with a cache whose clock is a variable, for tests of the HTTP middleware. */
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import type { Cache, CacheOptions } from '../../src/cache/cache.ts'
import { createCache } from '../../src/cache/create-cache.ts'
import type { CacheEvent, Outcome } from '../../src/cache/events.ts'
import { type HttpReads, httpReadsOf } from '../../src/cache/http-reads.ts'
import { type CachedOptions, cached } from '../../src/http/cached/cached.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'

export interface TestApp {
  app: Hono
  cache: Cache
  /** Reads and writes of responses by their keys. */
  responses: HttpReads
  /** The cache's clock, epoch ms. */
  clock: { ms: number }
  /** Outcomes of the reads, in order. */
  outcomes: Outcome[]
  /** Every event of the cache. */
  events: CacheEvent[]
  /** The middleware with this cache. */
  cached(options?: Omit<CachedOptions, 'cache'>): MiddlewareHandler
  request(method: string, path: string, headers?: Record<string, string>): Promise<Response>
  get(path: string, headers?: Record<string, string>): Promise<Response>
  /** Resolves when the background work of all requests has ended. */
  settled(): Promise<void>
}

export function testApp(options: CacheOptions = {}): TestApp {
  const clock = { ms: Date.UTC(2026, 10, 22, 12) }
  const outcomes: Outcome[] = []
  const events: CacheEvent[] = []
  const backgroundWork: Promise<unknown>[] = []
  const app = new Hono()
  const cache = createCache({
    memory: memoryStore(),
    now: () => clock.ms,
    onEvent(event) {
      events.push(event)
      if (event.type === 'read') outcomes.push(event.outcome)
    },
    ...options,
  })
  const executionCtx = {
    waitUntil: (work: Promise<unknown>) => void backgroundWork.push(work),
    passThroughOnException() {},
    props: {},
  }

  async function request(
    method: string,
    path: string,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return app.request(path, { method, headers }, {}, executionCtx)
  }

  return {
    app,
    cache,
    responses: httpReadsOf('test', cache),
    clock,
    outcomes,
    events,
    cached: (routeOptions) => cached({ cache, ...routeOptions }),
    request,
    get: (path, headers) => request('GET', path, headers),
    async settled() {
      while (backgroundWork.length > 0) await backgroundWork.shift()
    },
  }
}

/** A handler that returns `1`, `2`, `3` ..., each time with these headers. */
export function counter(headers: Record<string, string> = {}): {
  handler: (c: Context) => Response
  calls: () => number
} {
  let calls = 0
  return { handler: (c) => c.text(String(++calls), 200, headers), calls: () => calls }
}

/** A promise that resolves when `open` is called. */
export function gate(): { open: () => void; opened: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { open: resolve, opened: promise }
}

/** Resolves after the microtasks and timers that are due now. */
export function flush(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}

/** `Cache-Status` and the body. */
export async function statusAndBody(
  response: Response | Promise<Response>,
): Promise<[status: string | null, body: string]> {
  const received = await response
  return [received.headers.get('cache-status'), await received.text()]
}
