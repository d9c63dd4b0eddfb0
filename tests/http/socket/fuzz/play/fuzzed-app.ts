/** The app behind each server: cached routes, routes that repeat the request, and counts of both. */
import { type Context, Hono } from 'hono'
import type { Cache } from '../../../../../src/cache/cache.ts'
import { createCache } from '../../../../../src/cache/create-cache.ts'
import { cached } from '../../../../../src/http/cached/cached.ts'
import { memoryStore } from '../../../../../src/stores/memory/store.ts'
import { RESPONSE_TO_HEAD } from './response-reader.ts'

export interface FuzzedApp {
  app: Hono
  cache: Cache
  /** Reads by outcome, and calls of handlers. */
  counts: Record<string, number>
  /** True if no request is in the app, but those that wait for their body. */
  isIdle(): boolean
}

/** Seconds for which the responses are fresh. */
export const LIFETIME_S = 60

/** @param now the clock of the cache, epoch ms: the same one for each server, so that their responses have the same age. */
export function fuzzedApp(now: () => number): FuzzedApp {
  const counts: Record<string, number> = {}
  const count = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1
  }
  const cache = createCache({
    memory: memoryStore(),
    now,
    jitter: 0,
    onEvent(event) {
      if (event.type === 'read') count(`${event.outcome} ${event.method} ${event.route}`)
    },
  })
  // Bodies are buffered, because the bytes of a streamed response depend on the time.
  const options = { cache, targetedControl: `max-age=${LIFETIME_S}`, bufferBytes: 2 ** 20 }
  const serve = (c: Context) => {
    count('handler')
    return responseOf(c)
  }

  const app = new Hono()
  let inFlight = 0
  app.use(async (c, next) => {
    inFlight++
    await next()
    inFlight--
    if (c.req.method === 'HEAD') c.header(RESPONSE_TO_HEAD, 'yes')
  })
  async function bodyOf(c: Context): Promise<string> {
    inFlight--
    try {
      return await c.req.text()
    } finally {
      inFlight++
    }
  }

  app.onError((error, c) => c.text(error.message, 500))
  app.get('/sentinel', (c) => c.text('sentinel'))
  app.all('/hit/:id', cached({ ...options, front: true }), serve)
  app.all('/control/:id', cached({ ...options, front: true, clientControl: true }), serve)
  app.all('/vary/:id', cached({ ...options, front: true, vary: 'Accept-Language' }), serve)
  app.all('/routed/:id', cached(options), serve)
  app.all('*', async (c) => {
    count('handler')
    const body = await bodyOf(c)
    return c.json({ method: c.req.method, url: c.req.url, fields: c.req.header(), body })
  })
  return { app, cache, counts, isIdle: () => inFlight === 0 }
}

function responseOf(c: Context): Response {
  const id = c.req.param('id')
  const text = `${c.req.method} ${c.req.url}`
  // An error does not invalidate: whether a pipelined GET finds the entry would depend on the time.
  if (!['GET', 'HEAD', 'DELETE'].includes(c.req.method)) return c.text(text, 409)
  switch (id) {
    case 'wide':
      return c.text(`${text} ünïcödé €`)
    case 'large':
      return c.text(`${text} ${'x'.repeat(20_000)}`)
    case 'huge':
      return c.text(`${text} ${'x'.repeat(256 * 1024)}`)
    case 'bytes':
      return c.body(new Uint8Array([0, 255, 13, 10, 13, 10, 128]), 200, {
        'Content-Type': 'application/octet-stream',
      })
    case 'empty':
      return c.body('', 200, { 'Content-Type': 'text/plain' })
    case 'untyped':
      return c.body(text)
    case 'missing':
      return c.text(text, 404, { 'Hitrate-Cache-Control': 'max-age=60' })
    default:
      return c.text(text, 200, { 'Last-Modified': 'Sun, 22 Nov 2026 11:00:00 GMT' })
  }
}
