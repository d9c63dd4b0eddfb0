/** Step 6 of 8, Redis: docs/step-by-step/6-redis.md. Run it with `npx bun examples/step-by-step/6-redis.ts`. A redis-server must run. */
import process from 'node:process'
import { cached, createCache, memoryStore } from 'hitrate'
import { redisStore } from 'hitrate/stores/redis'
import { Hono } from 'hono'
import { Redis } from 'ioredis'
import { openShop } from './shop.ts'
import { sendVisitors } from './visitors.ts'

const shop = openShop({ queryMs: 50 }) // longer than Redis takes
const connect = () => new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379')
const [client1, client2] = [connect(), connect()]
const namespace = `shop-${process.pid}` // of this run alone

function openServer(sharedTier = {}) {
  const cache = createCache({ memory: memoryStore(), now: shop.now, ...sharedTier })
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
  return { cache, fetch: app.fetch }
}

console.log('Two servers, each with its memory:')
await sendVisitors(shop, [openServer().fetch, openServer().fetch])

console.log('Two servers, with Redis behind them:')
shop.setPrice('matcha', 370)
const shared = { remoteTimeoutMs: 1000, namespace }
const one = openServer({ remote: redisStore({ client: client1 }), ...shared })
const two = openServer({ remote: redisStore({ client: client2 }), ...shared })
await new Promise((resolve) => setTimeout(resolve, 1000)) // until each has received the other's first message
await sendVisitors(shop, [one.fetch, two.fetch], 200)

for (const { cache } of [one, two]) await cache.close()
for (const client of [client1, client2]) client.disconnect()
