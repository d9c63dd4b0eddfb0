/** The peer: the least Hono app, on the port of the environment. */
import { createServer } from 'node:http'
import process from 'node:process'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'

const port = Number(process.env.PORT)
const app = new Hono()
app.get('/api/user/:id', (c) => c.json({ id: c.req.param('id') }))
if (process.versions.bun === undefined) createServer(getRequestListener(app.fetch)).listen(port, '127.0.0.1')
else Bun.serve({ fetch: app.fetch, hostname: '127.0.0.1', port })
