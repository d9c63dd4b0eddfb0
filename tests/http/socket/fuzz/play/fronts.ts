/** The listeners of the library, which must do what plain servers do. */
import { createServer } from 'node:http'
import process from 'node:process'
import { getRequestListener } from '@hono/node-server'
import { frontListener } from '../../../../../src/http/front/front-listener.ts'
import { frontServer } from '../../../../../src/http/socket/front-server.ts'
import { type Listener, listenWith } from './listener.ts'

/** The adapter's `Response` would break the `Bun.serve` of other tests. */
const overrideGlobalObjects = process.versions.bun === undefined
const options = {
  getRequestListener: (fetch: Parameters<typeof getRequestListener>[0]) =>
    getRequestListener(fetch, { overrideGlobalObjects }),
}

/** node:http with `frontListener`. */
export const frontListenerOfNode: Listener = {
  name: 'frontListener',
  listen: ({ app, cache }, serverOptions = {}) =>
    listenWith(createServer(serverOptions, frontListener(app.fetch, { cache, ...options }))),
}

/** `frontServer`, which answers hits on the socket, and with `serveMisses` misses too. */
export function frontServerOfNode(serveMisses: boolean): Listener {
  return {
    name: serveMisses ? 'frontServer with serveMisses' : 'frontServer',
    listen: ({ app, cache }, serverOptions = {}) =>
      listenWith(frontServer(app.fetch, { cache, serveMisses, serverOptions, ...options })),
  }
}
