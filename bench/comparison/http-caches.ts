/** The HTTP caches that are compared, each before an app: hono/cache and ocache, with the clock of a test. */
import { type ExecutionContext, Hono } from 'hono'
import { cache } from 'hono/cache'
import { createMemoryStorage, defineCachedHandler } from 'ocache'
import { createCache } from '../../src/cache/create-cache.ts'
import { cached } from '../../src/http/cached/cached.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { version } from '../../src/version.ts'
import { versionOf } from '../version-of.ts'
import { platformCaches } from './platform-cache.ts'

export type Fetch = (request: Request) => Promise<Response>

export interface HttpCache {
  title: string
  around(fetch: Fetch, now: () => number): Fetch
}

const context: ExecutionContext = { waitUntil() {}, passThroughOnException() {}, props: {} }

/** `wait`, so that the next request finds what was stored. */
const honoCache: HttpCache = {
  title: `hono/cache ${versionOf('hono')}`,
  around(fetch, now) {
    Object.assign(globalThis, { caches: platformCaches(now) })
    const app = new Hono()
    app.all('*', cache({ cacheName: 'all', wait: true }), (c) => fetch(c.req.raw))
    return async (request) => app.fetch(request, {}, context)
  },
}

/** Its lifetime is an option, which its hook `getMaxAge` can take from the response. */
const ocache: HttpCache = {
  title: `ocache ${versionOf('ocache')}`,
  around(fetch, now) {
    Date.now = now
    const handler = defineCachedHandler(({ req }) => fetch(req), {
      storage: createMemoryStorage(),
      allowQuery: true,
      sendCacheControl: false,
      getMaxAge: ({ value }) => maxAgeOf(value?.headers),
    })
    return async (request) => (await handler({ req: request })) as Response // it returns the value of its handler
  },
}

/** The clause of the documentation of ocache: a handler's own lifetime, `s-maxage` before `max-age`, 0 without one. */
function maxAgeOf(headers: Headers | Record<string, string> | undefined): number {
  const field = headers instanceof Headers ? headers.get('cache-control') : headers?.['cache-control']
  const [, seconds = '0'] = /s-maxage=(\d+)/.exec(field ?? '') ?? /max-age=(\d+)/.exec(field ?? '') ?? []
  return Number(seconds)
}

const hitrate: HttpCache = {
  title: `hitrate ${version}`,
  around(fetch, now) {
    const app = new Hono()
    app.all('*', cached({ cache: createCache({ memory: memoryStore(), now }) }), (c) => fetch(c.req.raw))
    return async (request) => app.fetch(request, {}, context)
  },
}

export const httpCaches = { hitrate, honoCache, ocache } satisfies Record<string, HttpCache>
