/**
 * Several threads that accept on one port. Each has a cache of its own; an invalidation in one of them reaches all of them.
 *
 *   in this repository:  bun examples/bun-threads.ts
 *   in your project:     npm install hitrate hono @hono/node-server && node bun-threads.ts
 *
 *   curl http://127.0.0.1:3000/price                  # repeat: different threads answer
 *   curl -X PUT http://127.0.0.1:3000/price -d 5      # afterwards, no thread answers with the old price
 *
 * Linux only: the kernel spreads the connections over the threads.
 */
import { createServer } from 'node:http'
import process from 'node:process'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { getRequestListener } from '@hono/node-server'
import { cached, createCache, createInvalidationMemory, memoryStore, sharedMemoryBus } from 'hitrate'
import { Hono } from 'hono'

const THREADS = 2

interface Place {
  thread: number
  invalidations: SharedArrayBuffer
  /** Stands for a database that all threads use: one number. */
  database: SharedArrayBuffer
}

if (isMainThread) {
  const invalidations = createInvalidationMemory({ threads: THREADS })
  const database = new SharedArrayBuffer(4)
  new Int32Array(database)[0] = 3
  for (let thread = 0; thread < THREADS; thread++) {
    const place: Place = { thread, invalidations, database }
    new Worker(new URL(import.meta.url), { workerData: place })
  }
} else {
  run(workerData as Place)
}

function run({ thread, invalidations, database }: Place): void {
  const cache = createCache({
    memory: memoryStore({ maxBytes: (64 * 1024 * 1024) / THREADS }),
    invalidationBus: sharedMemoryBus(invalidations, thread),
  })
  const price = new Int32Array(database)

  const app = new Hono()
  app.use(async (c, next) => {
    await next()
    c.header('x-thread', String(thread))
    c.header('connection', 'close') // so that each request of curl may reach another thread
  })
  app.get('/price', cached({ cache, targetedControl: 'max-age=3600' }), (c) =>
    c.json({ price: Atomics.load(price, 0) }, 200, { 'cache-tag': 'prices' }),
  )
  app.put('/price', async (c) => {
    Atomics.store(price, 0, Number(await c.req.text()))
    await cache.invalidateTags(['prices'])
    return c.body(null, 204)
  })

  const port = Number(process.env.PORT ?? 3000)
  if (process.versions.bun === undefined) {
    createServer(getRequestListener(app.fetch)).listen({ host: '127.0.0.1', port, reusePort: true })
  } else {
    Bun.serve({ hostname: '127.0.0.1', port, reusePort: true, fetch: app.fetch })
  }
}
