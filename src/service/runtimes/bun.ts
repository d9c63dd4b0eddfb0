/** Entry of the service on Bun. The process and each of its threads start with this file. */
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { FrontHits } from '../../http/front/front-hits.ts'
import { createHitResponder } from '../../http/socket/hit-responder.ts'
import { createMissServer } from '../../http/socket/miss-server.ts'
import { createSocketServer } from '../../http/socket/socket-server.ts'
import type { Address, ServedApp, Server } from '../serving/serve.ts'
import { openBunRedis } from './bun-redis.ts'
import { listenOnNode } from './listen-on-node.ts'
import { runProcess } from './process.ts'

await runProcess({
  name: `bun ${Bun.version}`,
  entry: import.meta.url,
  openRedis: openBunRedis,
  defaultSocketHits: false, // a miss costs more than with Bun.serve
  async listen(app, address) {
    return app.socketHits && app.hits !== undefined
      ? listenOnSocket(app, app.hits, address)
      : listenOnBun(app, address)
  },
})

function listenOnBun({ fetch }: ServedApp, { host, port, shared }: Address): Server {
  const server = Bun.serve({ fetch: (request) => fetch(request), hostname: host, port, reusePort: shared })
  return { port: server.port ?? port, stop: () => server.stop(), kill: () => void server.stop(true) }
}

/** Bun's `node:http` is slow, so it serves only the requests that are not plain. */
function listenOnSocket(
  { fetch, isDraining }: ServedApp,
  hits: FrontHits,
  address: Address,
): Promise<Server> {
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false })
  const server = createSocketServer({
    httpServer: createServer(listener),
    respond: createHitResponder(hits),
    serveMiss: createMissServer((request) => fetch(request)),
    isDraining,
  })
  return listenOnNode(server, address)
}
