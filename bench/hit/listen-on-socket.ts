/** Serves an app on a free port, with hits from the socket, as src/service/runtimes does with `SOCKET_HITS=on`. */
import { createServer } from 'node:http'
import process from 'node:process'
import { getRequestListener } from '@hono/node-server'
import type { FrontHits } from '../../src/http/front/front-hits.ts'
import { serveHitsBefore } from '../../src/http/front/front-listener.ts'
import { createHitResponder } from '../../src/http/socket/hit-responder.ts'
import { createMissServer } from '../../src/http/socket/miss-server.ts'
import { createSocketServer, type SocketServerParts } from '../../src/http/socket/socket-server.ts'
import { listenOnNode } from '../../src/process/runtimes/listen-on-node.ts'
import { announce, type Fetch } from './listen.ts'

export async function listenOnSocket(fetch: Fetch, hits: FrontHits): Promise<void> {
  const parts = process.versions.bun === undefined ? partsOnNode(fetch, hits) : partsOnBun(fetch)
  const server = createSocketServer({ ...parts, respond: createHitResponder(hits) })
  announce((await listenOnNode(server, { host: '127.0.0.1', port: 0, shared: false })).port)
}

function partsOnNode(fetch: Fetch, hits: FrontHits): Omit<SocketServerParts, 'respond'> {
  return { httpServer: createServer(serveHitsBefore(getRequestListener(fetch), hits)) }
}

function partsOnBun(fetch: Fetch): Omit<SocketServerParts, 'respond'> {
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false })
  return { httpServer: createServer(listener), serveMiss: createMissServer((request) => fetch(request)) }
}
