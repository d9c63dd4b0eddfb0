/** The service on Node: the process, and each of its threads. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { createAdaptorServer } from '@hono/node-server'
import { incomingField } from './node-header.ts'
import { runProcess } from './process.ts'

await runProcess({
  name: `node ${process.versions.node}`,
  entry: import.meta.url,
  requestField: incomingField,
  async listen(fetch, { host, port, shared }) {
    const server = createAdaptorServer({ fetch })
    server.listen({ host, port, reusePort: shared })
    await once(server, 'listening')
    return {
      port: (server.address() as AddressInfo).port, // it listens on a port, not on a path
      stop: () =>
        new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve()))),
      kill: () => (server as Server).closeAllConnections(), // made without options, it is one of node:http
    }
  },
})
