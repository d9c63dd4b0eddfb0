/** Step 7 of 8, threads: docs/step-by-step/7-threads.md. Run it with `npx bun examples/step-by-step/7-threads.ts`. */
import { isMainThread, workerData } from 'node:worker_threads'
import { cached, createCache, createInvalidationMemory, memoryStore, sharedMemoryBus } from 'hitrate'
import { Hono } from 'hono'
import { openShop } from './shop.ts'
import { answerMessages, startThread } from './thread-server.ts'
import { sendVisitors } from './visitors.ts'

if (isMainThread) {
  const shop = openShop()
  const invalidations = createInvalidationMemory({ threads: 2 })
  const start = (thread: number) =>
    startThread(import.meta.url, { thread, invalidations, memory: shop.memory })
  const [one, two] = await Promise.all([start(0), start(1)])
  await sendVisitors(shop, [one.fetch, two.fetch])
  await Promise.all([one.stop(), two.stop()])
} else {
  const { thread, invalidations, memory } = workerData
  const shop = openShop({ memory, queryMs: 50 }) // longer than a message takes
  const cache = createCache({
    memory: memoryStore(),
    now: shop.now,
    invalidationBus: sharedMemoryBus(invalidations, thread),
  })

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
  answerMessages(app.fetch)
}
