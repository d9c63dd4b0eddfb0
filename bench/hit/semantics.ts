/** A hand-written middleware on http-cache-semantics, which decides whether a stored response may be served. No metrics. */
import { createRequire } from 'node:module'
import { Hono, type MiddlewareHandler } from 'hono'
import { listen } from './listen.ts'
import { rowOf } from './rows.ts'

type HeaderMap = Record<string, string>

/** Responses that it keeps. Without a limit, a load of ever new URLs fills the memory. */
const MAX_ENTRIES = 1000

/** The part that is used here: the package has no types. */
interface CachePolicy {
  storable(): boolean
  satisfiesWithoutRevalidation(request: { url: string; method: string; headers: HeaderMap }): boolean
  responseHeaders(): HeaderMap
}

const Policy: new (
  request: { url: string; method: string; headers: HeaderMap },
  response: { status: number; headers: HeaderMap },
) => CachePolicy = createRequire(import.meta.url)('http-cache-semantics')

function storing(): MiddlewareHandler {
  const entries = new Map<string, { policy: CachePolicy; status: number; body: string }>()

  return async function storing(c, next) {
    const { url, method, headers } = c.req.raw
    const request = { url, method, headers: Object.fromEntries(headers) }
    const entry = entries.get(url)
    if (entry?.policy.satisfiesWithoutRevalidation(request)) {
      return new Response(entry.body, {
        status: entry.status,
        headers: { ...entry.policy.responseHeaders(), 'x-cache': 'hit' },
      })
    }
    await next()
    const { status } = c.res
    const policy = new Policy(request, { status, headers: Object.fromEntries(c.res.headers) })
    if (method === 'GET' && policy.storable()) {
      for (const oldest of entries.keys()) {
        if (entries.size < MAX_ENTRIES) break
        entries.delete(oldest)
      }
      entries.set(url, { policy, status, body: await c.res.clone().text() })
    }
  }
}

const app = new Hono()
app.get('/api/user/:id', storing(), (c) =>
  c.json(rowOf(c.req.param('id')) ?? null, 200, { 'cache-control': 'public, max-age=3600' }),
)

await listen(app.fetch)
