/** ocache around the same handler. It has no metrics. */
import { Hono } from 'hono'
import { createMemoryStorage, defineCachedHandler } from 'ocache'
import { listen } from './listen.ts'
import { rowOf } from './rows.ts'

const user = defineCachedHandler(
  ({ req }) => Response.json(rowOf(req.url.slice(req.url.lastIndexOf('/') + 1)) ?? null),
  { maxAge: 3600, storage: createMemoryStorage({ maxSize: 1000 }), cacheStatusHeader: true },
)

const app = new Hono()
// It returns the value of its handler: a Response.
app.get('/api/user/:id', async (c) => (await user({ req: c.req.raw })) as Response)

await listen(app.fetch)
