/** A listening server whose connections begin as raw ones and end, unless they send plain hits only, at an HTTP server. */
import type { Server as HttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { isBun } from '../../node-builtins.ts'
import { HandedConnection } from './handed-connection.ts'
import type { Respond } from './hit-responder.ts'
import { createIdleSweep, SWEEP_MS } from './idle-sweep.ts'
import { createKnownBlocks } from './known-blocks.ts'
import type { ServeMiss } from './miss-server.ts'
import { RawConnection, type RawPhase } from './raw-connection.ts'
import { connectionLines, maxRequestBytesOf, mustServeAll, timeoutsOf } from './server-settings.ts'

/**
 * A `net.Server` with the methods of a `http.Server` that concern connections. They include the connections that were handed
 * over.
 */
export interface SocketServer extends Server {
  /** The server that connections are handed over to. It has no address of its own. */
  readonly httpServer: HttpServer
  closeIdleConnections(): void
  closeAllConnections(): void
}

export interface SocketServerParts {
  /** A server of `node:http` that does not listen itself. */
  httpServer: HttpServer
  respond: Respond
  /** Default: the HTTP server serves all requests that are no hits. */
  serveMiss?: ServeMiss | undefined
  /**
   * True if each response must be the last of its connection, which `serveMiss` and the HTTP server ensure: they serve the hits
   * too. Default: false.
   */
  isDraining?: (() => boolean) | undefined
}

/**
 * Creates the listening server for an HTTP server. A connection stays here as long as it sends plain requests to which `respond`
 * or `serveMiss` has a response. With anything else it is handed over for good.
 */
export function createSocketServer(parts: SocketServerParts): SocketServer {
  const { httpServer, respond, serveMiss, isDraining } = parts
  const sockets = new Map<Socket, RawConnection | HandedConnection | undefined>()
  let hasClosed = false
  const isClosing = () => hasClosed || isDraining?.() === true
  const connection = () => connectionLines(httpServer, isClosing())

  const respondOrPass: RawPhase['respond'] = (url, received, socket) =>
    isDraining?.() === true
      ? undefined
      : respond(url, connectionLines(httpServer, hasClosed), received, socket)

  function handOver(socket: Socket): void {
    sockets.set(socket, appliesTimeouts(httpServer) ? undefined : new HandedConnection(socket, sweep.tick()))
    httpServer.emit('connection', socket)
  }

  const sweep = createIdleSweep((tick) => {
    const timeouts = timeoutsOf(httpServer)
    for (const connection of sockets.values()) connection?.sweep(tick, timeouts, SWEEP_MS)
  })

  const phase: RawPhase = {
    knownBlocks: createKnownBlocks(respond.reads),
    maxRequestBytes: maxRequestBytesOf(httpServer),
    respond: respondOrPass,
    serveMiss: serveMiss && ((socket, url, headers) => serveMiss(socket, url, headers, connection)),
    handOver,
    isClosing,
    tick: sweep.tick,
  }

  function accept(socket: Socket): void {
    socket.once('close', () => sockets.delete(socket))
    if (mustServeAll(httpServer)) handOver(socket)
    else sockets.set(socket, new RawConnection(socket, phase))
  }

  if (isBun) {
    httpServer.on('request', ({ socket }, response) => {
      const connection = sockets.get(socket)
      if (connection instanceof HandedConnection) connection.requestStarted(response)
    })
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept) // as node:http does
  server.on('listening', () => {
    sweep.start()
    httpServer.emit('listening') // starts the check of its timeouts
  })
  server.on('close', () => {
    sweep.stop()
    httpServer.close() // ends that check
  })
  const closeListener = server.close.bind(server)

  return Object.assign(server, {
    httpServer,
    closeIdleConnections() {
      for (const connection of sockets.values()) if (connection?.isIdle) connection.end()
      httpServer.closeIdleConnections()
    },
    closeAllConnections() {
      for (const socket of sockets.keys()) socket.destroy()
    },
    close(this: SocketServer, onClosed?: (error?: Error) => void) {
      hasClosed = true
      closeListener(onClosed)
      this.closeIdleConnections()
      return this
    },
  })
}

/**
 * False where connections that were handed over need timeouts from here: on Bun, but not for a server with upgrades, because
 * an upgraded connection may be silent.
 */
function appliesTimeouts(httpServer: HttpServer): boolean {
  return !isBun || httpServer.listenerCount('upgrade') > 0
}
