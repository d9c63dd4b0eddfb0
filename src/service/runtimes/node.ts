/** Entry of the service on Node. The process and each of its threads start with this file. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { getRequestListener } from '@hono/node-server'
import { serveHitsBefore } from '../../http/front/front-listener.ts'
import { openNodeRedis } from './node-redis.ts'
import { runProcess } from './process.ts'

await runProcess({
  name: `node ${process.versions.node}`,
  entry: import.meta.url,
  openRedis: openNodeRedis,
  async listen({ fetch, hits, isDraining }, { host, port, shared }) {
    const adapter = getRequestListener(fetch)
    const server = createServer(hits === undefined ? adapter : serveHitsBefore(adapter, hits, isDraining))
    server.listen({ host, port, reusePort: shared })
    await once(server, 'listening')
    return {
      port: (server.address() as AddressInfo).port, // not a string, because this is no pipe or Unix socket
      stop: () =>
        new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve()))),
      kill: () => server.closeAllConnections(),
    }
  },
})
