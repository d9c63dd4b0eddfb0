/** The yardstick of hit.ts: the least that a Hono app does to answer with a user, served as src/runtimes serves ours. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { demoUsers } from '../src/repository/user.ts'

const users = new Map(demoUsers.map((user) => [user.id, user]))

const app = new Hono()
app.get('/api/user/:id', (c) => c.json(users.get(c.req.param('id')) ?? null))

const port = process.versions.bun === undefined ? await listenOnNode() : listenOnBun()
process.stdout.write(
  `${JSON.stringify({ message: 'Listening', properties: { url: `http://127.0.0.1:${port}` } })}\n`,
)

function listenOnBun(): number | undefined {
  return Bun.serve({ fetch: (request) => app.fetch(request), hostname: '127.0.0.1', port: 0 }).port
}

async function listenOnNode(): Promise<number> {
  const server = createAdaptorServer({ fetch: app.fetch })
  server.listen({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port // it listens on a port, not on a path
}
