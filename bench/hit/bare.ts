/** Baseline: the least that a Hono app does to respond with a row. No cache, no metrics. */
import { Hono } from 'hono'
import { listen } from './listen.ts'
import { rowOf } from './rows.ts'

const app = new Hono()
app.get('/api/user/:id', (c) => c.json(rowOf(c.req.param('id')) ?? null))

await listen(app.fetch)
