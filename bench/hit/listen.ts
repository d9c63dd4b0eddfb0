/** Serves an app on a free port as src/service/runtimes does, and prints its URL. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { getRequestListener } from '@hono/node-server'
import type { FrontHits } from '../../src/http/front/front-hits.ts'
import { serveHitsBefore } from '../../src/http/front/front-listener.ts'

export type Fetch = (request: Request) => Response | Promise<Response>

/** @param hits the hits that the server on Node sends itself. Default: none. */
export async function listen(fetch: Fetch, hits?: FrontHits): Promise<void> {
  announce(process.versions.bun === undefined ? await listenOnNode(fetch, hits) : listenOnBun(fetch))
}

/** Prints the URL for the benchmark. */
export function announce(port: number | undefined): void {
  const properties = { url: `http://127.0.0.1:${port}` }
  process.stdout.write(`${JSON.stringify({ message: 'Listening', properties })}\n`)
}

function listenOnBun(fetch: Fetch): number | undefined {
  return Bun.serve({ fetch: (request) => fetch(request), hostname: '127.0.0.1', port: 0 }).port
}

async function listenOnNode(fetch: Fetch, hits: FrontHits | undefined): Promise<number> {
  const adapter = getRequestListener(fetch)
  const server = createServer(hits === undefined ? adapter : serveHitsBefore(adapter, hits))
  server.listen({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port // it listens on a port, not on a path
}
