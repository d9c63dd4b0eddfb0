/** A Hono app with a cached route, metrics and the dashboard, as a program: it prints its URL. */
import { Hono } from 'hono'
import { dashboard } from '../../../src/exports/dashboard.ts'
import {
  cached,
  createCache,
  createInstruments,
  createRegistry,
  measured,
  memoryStore,
  scrape,
} from '../../../src/exports/index.ts'
import { openServer } from '../../support/open-server.ts'

const registry = createRegistry()
const instruments = createInstruments({ registry, version: '1.2.3', runtime: 'a runtime' })
const { onRequestStart: onStart, onRequestEnd: onEnd, onRequest: onHit, onCacheEvent: onEvent } = instruments
const cache = createCache({ name: 'items', memory: memoryStore({ maxBytes: 1_048_576 }), onEvent })
instruments.watch(cache)

const app = new Hono()
app.use(measured({ onStart, onEnd, onHit }))
app.get('/metrics', scrape(registry))
app.get('/item/:id', cached({ cache }), (c) => {
  c.header('cache-control', 'public, max-age=60')
  return c.text(`item ${c.req.param('id')} `.repeat(100))
})
const history = { everyMs: 500 }
const purge = { fetch: app.fetch, token: 'test-token' }
app.route('/status', dashboard({ registry, cache, purge, history, title: 'Items', showKeys: true }))

const server = await openServer()
server.serve(app.fetch)
console.log(JSON.stringify({ url: server.url }))
