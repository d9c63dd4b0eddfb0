/** A Hono app with a cache whose clock is a variable, for the tests of what stands in between. */
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import type { Cache, CacheOptions } from '../../src/cache/cache.ts'
import { createCache } from '../../src/cache/create-cache.ts'
import type { CacheEvent, Outcome } from '../../src/cache/events.ts'
import { type CachedOptions, cached } from '../../src/http/cached/cached.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'

export interface TestApp {
  app: Hono
  cache: Cache
  /** The cache's clock, epoch ms. */
  clock: { ms: number }
  /** How the reads ended, in order. */
  outcomes: Outcome[]
  /** Every event of the cache. */
  events: CacheEvent[]
  /** The middleware around this cache. */
  cached(options?: Omit<CachedOptions, 'cache'>): MiddlewareHandler
  request(method: string, path: string, headers?: Record<string, string>): Promise<Response>
  get(path: string, headers?: Record<string, string>): Promise<Response>
  /** Resolves when what goes on behind the answers has ended. */
  settled(): Promise<void>
}

export function testApp(options: CacheOptions = {}): TestApp {
  const clock = { ms: Date.UTC(2026, 10, 22, 12) }
  const outcomes: Outcome[] = []
  const events: CacheEvent[] = []
  const behind: Promise<unknown>[] = []
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
    waitUntil: (work: Promise<unknown>) => void behind.push(work),
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
    clock,
    outcomes,
    events,
    cached: (more) => cached({ cache, ...more }),
    request,
    get: (path, headers) => request('GET', path, headers),
    async settled() {
      while (behind.length > 0) await behind.shift()
    },
  }
}

/** A handler that answers `1`, `2`, `3` ..., each time with these fields. */
export function counter(fields: Record<string, string> = {}): {
  handler: (c: Context) => Response
  calls: () => number
} {
  let calls = 0
  return { handler: (c) => c.text(String(++calls), 200, fields), calls: () => calls }
}

/** A gate that is closed until it is opened. */
export function gate(): { open: () => void; opened: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { open: resolve, opened: promise }
}

/** What the cache did, and the body. */
export async function statusAndBody(
  response: Response | Promise<Response>,
): Promise<[status: string | null, body: string]> {
  const answer = await response
  return [answer.headers.get('cache-status'), await answer.text()]
}
