/** The service on Node. */
import { createServer } from 'node:http'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { serveHitsBefore } from '../../http/front/front-listener.ts'
import { createHitResponder } from '../../http/socket/hit-responder.ts'
import { createSocketServer } from '../../http/socket/socket-server.ts'
import type { Address, ServedApp, Server } from '../serving/server.ts'
import { listenOnNode } from './listen-on-node.ts'
import { runProcess } from './process.ts'
import { OpenResponses } from './requests/open-responses.ts'
import { requestListener } from './requests/request-listener.ts'
import type { StopSignal } from './stop-signal.ts'

/** Runs the service. @param stopSignal absent in a worker thread. */
export function runOnNode(stopSignal: StopSignal | undefined): Promise<void> {
  return runProcess(
    {
      name: `node ${process.versions.node}`,
      // Not `import.meta.url`, which a bundler replaces by the path of this source.
      entry: pathToFileURL(process.argv[1] ?? '').href,
      openRedis: async (...args) => (await import('./node-redis.ts')).openNodeRedis(...args),
      defaultSocketHits: true,
      listen,
    },
    stopSignal,
  )
}

function listen({ fetch, hits, socketHits, isDraining }: ServedApp, address: Address): Promise<Server> {
  const responses = new OpenResponses()
  const listener = responses.ofListener(requestListener(fetch, address))
  if (hits === undefined) return listenOnNode(createServer(listener), address, responses)
  const httpServer = createServer(serveHitsBefore(listener, hits, isDraining))
  if (socketHits !== true) return listenOnNode(httpServer, address, responses)
  const respond = createHitResponder(hits)
  return listenOnNode(createSocketServer({ httpServer, respond, isDraining }), address, responses)
}
