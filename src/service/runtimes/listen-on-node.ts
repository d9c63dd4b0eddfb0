/** Listens with a server of `node:http` or `node:net`. Bun has both too. */
import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SocketServer } from '../../http/socket/socket-server.ts'
import type { Address, Server } from '../serving/serve.ts'

/** @throws when the address cannot be used. */
export async function listenOnNode(
  server: HttpServer | SocketServer,
  { host, port, shared }: Address,
): Promise<Server> {
  server.listen({ host, port, reusePort: shared })
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port, // not a string, because this is no pipe or Unix socket
    stop: () =>
      new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve()))),
    kill: () => server.closeAllConnections(),
  }
}
