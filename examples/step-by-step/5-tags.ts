/** Step 5 of 8, tags: docs/step-by-step/5-tags.md. Run it with `npx bun examples/step-by-step/5-tags.ts`. */
import { cached, createCache, memoryStore } from 'hitrate'
import { Hono } from 'hono'
import { openShop } from './shop.ts'
import { sendVisitors } from './visitors.ts'

const shop = openShop()
const cache = createCache({ memory: memoryStore(), now: shop.now })
const app = new Hono()

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
