/** Servers that can be fuzzed, and the plain ones that the others are compared with. */
import { once } from 'node:events'
import type { Server, ServerOptions } from 'node:http'
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net'
import process from 'node:process'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import { front } from '../../../../../src/http/front/front.ts'
import type { FuzzedApp } from './fuzzed-app.ts'

export interface Listener {
  name: string
  /** Serves the app on a free port. */
  listen(made: FuzzedApp, serverOptions?: ServerOptions): Promise<Listening>
}

export interface Listening {
  port: number
  /** The number of open connections. */
  connections(): Promise<number>
  /** Closes every connection. */
  close(): void
}

/** node:http with the adapter, as on Node without anything of ours. */
export const nodeHttp: Listener = {
  name: 'node:http',
  listen: ({ app }, serverOptions) => listenWith(nodeServer(app.fetch, serverOptions)),
}

/**
 * The same with `front()`, which answers hits at once. node:http calls the app before it reads the body, so the response to a
 * request with a malformed body is on its way when node:http refuses the body. An app that needs a few microtasks is too late.
 */
export const nodeHttpWithFront: Listener = {
  name: 'node:http with front()',
  listen: ({ app, cache }, serverOptions) =>
    listenWith(nodeServer(front(app.fetch, { cache }), serverOptions)),
}

/**
 * The same, but node:http does not listen itself: it gets each connection after the first bytes, and these bytes again. It then
 * reads them before the end of its first response, so that a malformed second request overtakes more.
 */
export const handedOver: Listener = {
  name: 'node:http with front(), handed over',
  listen({ app, cache }, serverOptions) {
    const http = nodeServer(front(app.fetch, { cache }), serverOptions)
    return listenWithSockets((socket) => {
      const close = () => socket.destroy()
      socket.on('error', close)
      socket.on('end', close)
      socket.once('data', (chunk) => {
        socket.off('error', close)
        socket.off('end', close)
        socket.unshift(chunk)
        http.emit('connection', socket)
      })
    })
  },
}

/** A node:http server for an app, which does not listen yet. The adapter's `Response` would break `Bun.serve`. */
export function nodeServer(fetch: Hono['fetch'], serverOptions: ServerOptions = {}): Server {
  const overrideGlobalObjects = process.versions.bun === undefined
  return createAdaptorServer({ fetch, overrideGlobalObjects, serverOptions }) as Server // without `createServer`, it is one of node:http
}

/** A listening server that is closed with its connections. */
export async function listenWith(server: NetServer & { closeAllConnections(): void }): Promise<Listening> {
  return {
    port: await portOf(server),
    connections: () => connectionsOf(server),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** A listening server of node:net. @param accept gets each connection. */
export async function listenWithSockets(accept: (socket: Socket) => void): Promise<Listening> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    accept(socket)
  })
  return {
    port: await portOf(server),
    connections: async () => sockets.size,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Starts to listen on a free port. */
async function portOf(server: NetServer): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port // not a string, because this is no pipe
}

function connectionsOf(server: NetServer): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )
}
