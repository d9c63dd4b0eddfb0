/** The conformance service on the sockets of Node and of Bun. The HTTP server gets only what is no plain GET. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { createMissServer } from '../../../src/http/socket/miss-server.ts'
import { createSocketServer } from '../../../src/http/socket/socket-server.ts'
import { conformanceService } from './service.ts'

const service = conformanceService()
const fetch = (request: Request) => service(request)
const server = createSocketServer({
  httpServer: createServer(getRequestListener(fetch, { overrideGlobalObjects: false })),
  respond: () => undefined,
  serveMiss: createMissServer(fetch),
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })) // it listens on a port
