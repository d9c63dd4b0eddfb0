/** A middleware that does nothing, before the bare handler: the least that any cache in a middleware costs. */
import { Hono } from 'hono'
import { listen } from './listen.ts'
import { rowOf } from './rows.ts'

const app = new Hono()
app.use(async (_, next) => {
  await next()
})
app.get('/api/user/:id', (c) => c.json(rowOf(c.req.param('id')) ?? null))

await listen(app.fetch)
