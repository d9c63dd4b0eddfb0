/** Step 3 of 8, 304 Not Modified: docs/step-by-step/3-not-modified.md. Run it with `npx bun examples/step-by-step/3-not-modified.ts`. */
import { cached, createCache, memoryStore } from 'hitrate'
import { Hono } from 'hono'
import { openShop } from './shop.ts'
import { sendVisitors } from './visitors.ts'

const shop = openShop()
const cache = createCache({ memory: memoryStore(), now: shop.now })
const app = new Hono()

const forAMinute = cached({ cache, targetedControl: 'max-age=60' })
app.get('/products', forAMinute, async (c) => c.json(await shop.list()))
app.get('/products/:id', forAMinute, async (c) => c.json(await shop.find(c.req.param('id'))))
app.put('/products/:id', async (c) => {
  shop.setPrice(c.req.param('id'), Number(await c.req.text()))
  return c.body(null, 204)
})

await sendVisitors(shop, [app.fetch])
