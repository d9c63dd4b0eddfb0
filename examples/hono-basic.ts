/**
 * A Hono app with cached routes, invalidation by tag, and metrics.
 *
 *   in this repository:  bun examples/hono-basic.ts
 *   in your project:     npm install hitrate hono @hono/node-server && node hono-basic.ts
 *
 *   curl -i http://127.0.0.1:3000/rates/eur                  # Cache-Status: fwd=uri-miss, then hit
 *   curl -X PUT http://127.0.0.1:3000/rates/eur -d 0.9       # invalidates the tag
 *   curl http://127.0.0.1:3000/metrics
 */
import process from 'node:process'
import { serve } from '@hono/node-server'
import {
  cached,
  createCache,
  createInstruments,
  createRegistry,
  measured,
  memoryStore,
  scrape,
} from 'hitrate'
import { Hono } from 'hono'

const registry = createRegistry()
const instruments = createInstruments({ registry, version: '1.0.0', runtime: 'example' })
const cache = createCache({
  memory: memoryStore({ maxBytes: 16 * 1024 * 1024 }),
  onEvent: instruments.onCacheEvent,
})
instruments.watch(cache)

/** Stands for a database. */
const rates = new Map([
  ['eur', 0.86],
  ['gbp', 0.75],
])

const app = new Hono()
app.use(measured({ onStart: instruments.onRequestStart, onEnd: instruments.onRequestEnd }))
app.get('/metrics', scrape(registry))

const control = 'max-age=60, stale-while-revalidate=300, stale-if-error=86400'
app.get('/rates', cached({ cache, targetedControl: control }), (c) =>
  c.json(Object.fromEntries(rates), 200, { 'cache-tag': 'rates' }),
)
app.get('/rates/:currency', cached({ cache, targetedControl: control }), (c) => {
  const rate = rates.get(c.req.param('currency'))
  if (rate === undefined) return c.json({ error: 'Unknown currency' }, 404)
  return c.json({ rate }, 200, { 'cache-tag': 'rates' })
})
app.put('/rates/:currency', async (c) => {
  rates.set(c.req.param('currency'), Number(await c.req.text()))
  await cache.invalidateTags(['rates']) // the list, and every rate
  return c.body(null, 204)
})

const port = Number(process.env.PORT ?? 3000)
export default { fetch: app.fetch, port, hostname: '127.0.0.1' } // Bun serves a default export
if (process.versions.bun === undefined) serve({ fetch: app.fetch, port, hostname: '127.0.0.1' })
