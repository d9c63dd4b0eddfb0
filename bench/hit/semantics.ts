/** What one writes by hand on http-cache-semantics: a middleware that asks it whether what is kept may answer. No metrics. */
import { createRequire } from 'node:module'
import { Hono, type MiddlewareHandler } from 'hono'
import { listen } from './listen.ts'
import { rows } from './rows.ts'

type Fields = Record<string, string>

/** As far as it is used here: the package has no types. */
interface CachePolicy {
  storable(): boolean
  satisfiesWithoutRevalidation(request: { url: string; method: string; headers: Fields }): boolean
  responseHeaders(): Fields
}

const Policy: new (
  request: { url: string; method: string; headers: Fields },
  response: { status: number; headers: Fields },
) => CachePolicy = createRequire(import.meta.url)('http-cache-semantics')

function keeping(): MiddlewareHandler {
  const entries = new Map<string, { policy: CachePolicy; status: number; body: string }>()

  return async function keeping(c, next) {
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
      entries.set(url, { policy, status, body: await c.res.clone().text() })
    }
  }
}

const app = new Hono()
app.get('/api/user/:id', keeping(), (c) =>
  c.json(rows.get(c.req.param('id')) ?? null, 200, { 'cache-control': 'public, max-age=3600' }),
)

await listen(app.fetch)
