/**
 * A caching reverse proxy: obeys the origin's Cache-Control, serves stale responses while the origin fails, and can be purged.
 *
 *   in this repository:  ORIGIN=https://example.com PURGE_TOKEN=secret bun examples/proxy.ts
 *   in your project:     npm install hitrate hono @hono/node-server && ORIGIN=https://example.com PURGE_TOKEN=secret node proxy.ts
 *
 *   curl -i http://127.0.0.1:3000/
 *   curl http://127.0.0.1:3000/.purge -H 'authorization: Bearer secret' -H 'content-type: application/json' -d '{"urls":["/"]}'
 */
import process from 'node:process'
import { serve } from '@hono/node-server'
import { cached, createCache, memoryStore, purge } from 'hitrate'
import { Hono } from 'hono'
import { proxy } from 'hono/proxy'

const origin = new URL(process.env.ORIGIN ?? 'https://example.com')
const token = process.env.PURGE_TOKEN

const cache = createCache({ memory: memoryStore({ maxBytes: 128 * 1024 * 1024 }) })

const app = new Hono()
if (token !== undefined) app.post('/.purge', purge({ cache, fetch: app.fetch, token }))
// The origin names these headers in `Vary` if its response depends on them.
const ignoredHeaders = ['accept', 'content-type']
app.all('*', cached({ cache, staleOnThrow: true, ignoredHeaders }), async (c) => {
  const { pathname, search } = new URL(c.req.url)
  const target = new URL(origin)
  target.pathname = pathname // not new URL(pathname, origin): a path that begins with // would name another host
  target.search = search
  const { method } = c.req
  const body = c.req.raw.body === null ? null : await c.req.arrayBuffer()
  // Only headers that the origin needs. A cookie that is not passed on cannot change a stored response.
  const headers = {
    accept: c.req.header('accept'),
    'content-type': c.req.header('content-type'),
    'if-none-match': c.req.header('if-none-match'), // the cache sets these two when it revalidates a stale entry
    'if-modified-since': c.req.header('if-modified-since'),
  }
  // A redirect is stored and sent as it is, not followed.
  return proxy(target, { method, headers, body, redirect: 'manual' })
})
app.onError((error, c) => c.text(`The origin does not answer: ${error.message}\n`, 502))

const port = Number(process.env.PORT ?? 3000)
export default { fetch: app.fetch, port, hostname: '127.0.0.1' } // Bun serves a default export
if (process.versions.bun === undefined) serve({ fetch: app.fetch, port, hostname: '127.0.0.1' })
