/** Serves an app on a free port as src/service/runtimes does, and prints its URL. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { createAdaptorServer } from '@hono/node-server'

export type Fetch = (request: Request) => Response | Promise<Response>

export async function listen(fetch: Fetch): Promise<void> {
  const port = process.versions.bun === undefined ? await listenOnNode(fetch) : listenOnBun(fetch)
  process.stdout.write(
    `${JSON.stringify({ message: 'Listening', properties: { url: `http://127.0.0.1:${port}` } })}\n`,
  )
}

function listenOnBun(fetch: Fetch): number | undefined {
  return Bun.serve({ fetch: (request) => fetch(request), hostname: '127.0.0.1', port: 0 }).port
}

async function listenOnNode(fetch: Fetch): Promise<number> {
  const server = createAdaptorServer({ fetch })
  server.listen({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port // it listens on a port, not on a path
}
