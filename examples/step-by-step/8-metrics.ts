/** Step 8 of 8, metrics: docs/step-by-step/8-metrics.md. Run it with `npx bun examples/step-by-step/8-metrics.ts`. */
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
import { openShop } from './shop.ts'
import { sendVisitors } from './visitors.ts'

const shop = openShop()
const registry = createRegistry()
const instruments = createInstruments({ registry, version: '1.0.0', runtime: 'shop' })
const cache = createCache({ memory: memoryStore(), now: shop.now, onEvent: instruments.onCacheEvent })
instruments.watch(cache)

const app = new Hono()
app.use(measured({ onStart: instruments.onRequestStart, onEnd: instruments.onRequestEnd }))
app.get('/metrics', scrape(registry))

const forAMinute = cached({ cache, targetedControl: 'max-age=60, stale-while-revalidate=600' })
app.get('/products', forAMinute, async (c) => {
  c.header('cache-tag', 'products')
  return c.json(await shop.list())
})
app.get('/products/:id', forAMinute, async (c) => {
  c.header('cache-tag', 'products')
  return c.json(await shop.find(c.req.param('id')))
})
app.put('/products/:id', async (c) => {
  shop.setPrice(c.req.param('id'), Number(await c.req.text()))
  await cache.invalidateTags(['products'])
  return c.body(null, 204)
})

await sendVisitors(shop, [app.fetch])

const metrics = await (await app.request('/metrics')).text()
const shown =
  /^(cache_(hits_total|misses_total|reads_total|loads_total)|http_response_size_bytes_sum)\b.* [1-9]|^cache_hit_rate/
console.log(
  metrics
    .split('\n')
    .filter((line) => shown.test(line))
    .join('\n'),
)
