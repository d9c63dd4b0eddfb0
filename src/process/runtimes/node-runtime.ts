/** Node as a runtime of programs. */
import { createServer } from 'node:http'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { serveHitsBefore } from '../../http/front/front-listener.ts'
import { createHitResponder } from '../../http/socket/hit-responder.ts'
import { createSocketServer } from '../../http/socket/socket-server.ts'
import type { Runtime } from '../serving/runtime.ts'
import type { Address, ServedApp, Server } from '../serving/server.ts'
import { listenOnNode } from './listen-on-node.ts'
import { OpenResponses } from './requests/open-responses.ts'
import { requestListener } from './requests/request-listener.ts'

/** @param entry URL of the program, which each thread starts. Default: the main file. */
export function nodeRuntime(entry = pathToFileURL(process.argv[1] ?? '').href): Runtime {
  return {
    name: `node ${process.versions.node}`,
    entry, // not `import.meta.url`, which a bundler replaces by the path of this source
    openRedis: async (...args) => (await import('./node-redis.ts')).openNodeRedis(...args),
    defaultSocketHits: true,
    listen,
  }
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
