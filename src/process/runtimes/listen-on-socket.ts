/** Answers hits on Bun from the bytes of the connection (`SOCKET_HITS=on`). */
import { createServer } from 'node:http'
import type { FrontHits } from '../../http/front/front-hits.ts'
import { createHitResponder } from '../../http/socket/hit-responder.ts'
import { createMissServer } from '../../http/socket/miss-server.ts'
import { createSocketServer } from '../../http/socket/socket-server.ts'
import type { Address, ServedApp, Server } from '../serving/server.ts'
import { listenOnNode } from './listen-on-node.ts'
import { OpenResponses } from './requests/open-responses.ts'
import { requestListener } from './requests/request-listener.ts'

/** Bun's `node:http` is slow, so it serves only the requests that are not plain. @throws when the address cannot be used. */
export function listenOnSocket(
  { fetch, isDraining }: ServedApp,
  hits: FrontHits,
  address: Address,
): Promise<Server> {
  const responses = new OpenResponses()
  const listener = requestListener(fetch, address, false)
  const server = createSocketServer({
    httpServer: createServer(responses.ofListener(listener)),
    respond: createHitResponder(hits),
    serveMiss: responses.ofMisses(createMissServer((request) => fetch(request))),
    isDraining,
  })
  return listenOnNode(server, address, responses)
}
