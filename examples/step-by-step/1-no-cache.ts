/** Step 1 of 8, no cache: docs/step-by-step/1-no-cache.md. Run it with `npx bun examples/step-by-step/1-no-cache.ts`. */
import { Hono } from 'hono'
import { openShop } from './shop.ts'
import { sendVisitors } from './visitors.ts'

const shop = openShop()
const app = new Hono()

app.get('/products', async (c) => c.json(await shop.list()))
app.get('/products/:id', async (c) => c.json(await shop.find(c.req.param('id'))))
app.put('/products/:id', async (c) => {
  shop.setPrice(c.req.param('id'), Number(await c.req.text()))
  return c.body(null, 204)
})

await sendVisitors(shop, [app.fetch])
