/** `measured` and `cached` before the bare handler, with the metrics of the service. */
import { Hono } from 'hono'
import { createCache } from '../../src/cache/create-cache.ts'
import { cached } from '../../src/http/cached/cached.ts'
import { scrape } from '../../src/http/endpoints/scrape.ts'
import { measured } from '../../src/http/measured/measured.ts'
import { createInstruments } from '../../src/instruments/create-instruments.ts'
import { createRegistry } from '../../src/metrics/index.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { listen } from './listen.ts'
import { rowOf } from './rows.ts'

const registry = createRegistry()
const instruments = createInstruments({ registry, version: '0', runtime: 'bench' })
const cache = createCache({ memory: memoryStore(), onEvent: instruments.onCacheEvent })

const app = new Hono()
app.use(
  measured({
    onStart: instruments.onRequestStart,
    onEnd: instruments.onRequestEnd,
    onHit: instruments.onRequest,
  }),
)
app.get('/api/user/:id', cached({ cache, targetedControl: 'max-age=60, stale-while-revalidate=300' }), (c) =>
  c.json(rowOf(c.req.param('id')) ?? null, 200, { 'cache-control': 'public, max-age=0' }),
)

app.get('/metrics', scrape(registry))

await listen(app.fetch)
