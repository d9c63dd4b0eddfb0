/** Step 2 of 8, a lifetime: docs/step-by-step/2-lifetime.md. Run it with `npx bun examples/step-by-step/2-lifetime.ts`. */
import { createCache, memoryStore } from 'hitrate'
import { Hono } from 'hono'
import { openShop } from './shop.ts'
import { sendVisitors } from './visitors.ts'

const shop = openShop()
const cache = createCache({ memory: memoryStore(), now: shop.now })
const app = new Hono()

app.get('/products', async (c) => {
  const { value, outcome } = await cache.read('list', () => shop.list(), { ttlMs: 60_000 })
  c.header('cache-status', outcome === 'hit' ? 'shop; hit' : 'shop; fwd=miss')
  return c.json(value)
})
app.get('/products/:id', async (c) => {
  const id = c.req.param('id')
  const { value, outcome } = await cache.read(`product:${id}`, () => shop.find(id), { ttlMs: 60_000 })
  c.header('cache-status', outcome === 'hit' ? 'shop; hit' : 'shop; fwd=miss')
  return c.json(value)
})
app.put('/products/:id', async (c) => {
  shop.setPrice(c.req.param('id'), Number(await c.req.text()))
  return c.body(null, 204)
})

await sendVisitors(shop, [app.fetch])
