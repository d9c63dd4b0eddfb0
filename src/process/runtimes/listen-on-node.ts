/** Listens with a server of `node:http` or `node:net`. Bun has both too. */
import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import type { SocketServer } from '../../http/socket/socket-server.ts'
import type { Address, Server } from '../serving/server.ts'
import type { OpenResponses } from './requests/open-responses.ts'

/**
 * @param responses number of responses that a handler makes and that have not ended. Default: none.
 * @throws when the address cannot be used.
 */
export async function listenOnNode(
  server: HttpServer | SocketServer,
  { host, port, shared }: Address,
  responses: Pick<OpenResponses, 'count'> = { count: 0 },
): Promise<Server> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen({ host, port, reusePort: shared })
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port, // not a string, because this is no pipe or Unix socket
    stop() {
      // Not `close` of the server itself, which closes idle connections too: a request may be on its way.
      return new Promise((resolve, reject) =>
        NetServer.prototype.close.call(server, (error) => (error ? reject(error) : resolve())),
      )
    },
    isSending: () => responses.count > 0 || [...sockets].some(({ writableLength }) => writableLength > 0),
    kill: () => server.closeAllConnections(),
  }
}
