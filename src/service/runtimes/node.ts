/** Entry of the service on Node. The process and each of its threads start with this file. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { createAdaptorServer } from '@hono/node-server'
import { nodeHeader } from './node-header.ts'
import { openNodeRedis } from './node-redis.ts'
import { runProcess } from './process.ts'

await runProcess({
  name: `node ${process.versions.node}`,
  entry: import.meta.url,
  requestField: nodeHeader,
  openRedis: openNodeRedis,
  async listen({ fetch }, { host, port, shared }) {
    const server = createAdaptorServer({ fetch })
    server.listen({ host, port, reusePort: shared })
    await once(server, 'listening')
    return {
      port: (server.address() as AddressInfo).port, // not a string, because this is no pipe or Unix socket
      stop: () =>
        new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve()))),
      kill: () => (server as Server).closeAllConnections(), // without server options, the adaptor creates a node:http server
    }
  },
})
