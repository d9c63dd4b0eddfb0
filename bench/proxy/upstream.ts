/** The server behind the proxies: answers each GET with the same row, fresh for an hour, and counts these requests. */
import { Hono } from 'hono'
import { listen } from '../hit/listen.ts'
import { rowOf } from '../hit/rows.ts'

let requests = 0
const app = new Hono()
app.get('/requests', (c) => c.json(requests, 200, { 'cache-control': 'no-store' }))
app.get('/api/user/:id', (c) => {
  requests++
  return c.json(rowOf(c.req.param('id')) ?? null, 200, { 'cache-control': 'public, max-age=3600' })
})

await listen(app.fetch)
