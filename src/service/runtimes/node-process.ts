/** The service on Node. `node.ts` starts it, and the built service starts with this file. */
import { createServer } from 'node:http'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import { getRequestListener } from '@hono/node-server'
import { serveHitsBefore } from '../../http/front/front-listener.ts'
import { createHitResponder } from '../../http/socket/hit-responder.ts'
import { createSocketServer } from '../../http/socket/socket-server.ts'
import { listenOnNode } from './listen-on-node.ts'
import { runProcess } from './process.ts'

await runProcess({
  name: `node ${process.versions.node}`,
  // Not `import.meta.url`, which a bundler replaces by the path of this source.
  entry: pathToFileURL(process.argv[1] ?? '').href,
  isMainThread,
  openRedis: async (...args) => (await import('./node-redis.ts')).openNodeRedis(...args),
  defaultSocketHits: true,
  async listen({ fetch, hits, socketHits, isDraining }, address) {
    const adapter = getRequestListener(fetch)
    if (hits === undefined) return listenOnNode(createServer(adapter), address)
    const httpServer = createServer(serveHitsBefore(adapter, hits, isDraining))
    if (socketHits !== true) return listenOnNode(httpServer, address)
    const respond = createHitResponder(hits)
    return listenOnNode(createSocketServer({ httpServer, respond, isDraining }), address)
  },
})
