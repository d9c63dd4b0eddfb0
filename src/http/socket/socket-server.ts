/** A listening server that answers plain hits from the bytes of the connection, before any HTTP parser. */
import type { Server as HttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { createIdleSweep, SWEEP_MS } from './idle-sweep.ts'
import { createKnownBlocks } from './known-blocks.ts'
import { RawConnection, type RawPhase } from './raw-connection.ts'
import { internalServerError, ResponseFormatter } from './response-bytes.ts'
import { connectionLines, maxRequestBytesOf, mustServeAll, timeoutsOf } from './server-settings.ts'
import type { FindAnswer } from './socket-answer.ts'

/** A `net.Server` with the methods of a `http.Server` that concern connections. They include those that were handed over. */
export interface SocketServer extends Server {
  /** From now on each response from the socket has `Connection: close`, and its connection ends with it. */
  announceClose(): void
  closeIdleConnections(): void
  closeAllConnections(): void
}

/**
 * Creates the listening server for a `node:http` server that does not listen itself. Connections begin here: as long as a
 * connection sends plain requests that `find` answers, it stays here. It is handed over with the first other bytes, or if
 * `find` returns `undefined`.
 */
export function createSocketServer(httpServer: HttpServer, find: FindAnswer): SocketServer {
  const sockets = new Map<Socket, RawConnection | undefined>()
  const formatter = new ResponseFormatter()
  let isClosing = false

  function handOver(socket: Socket): void {
    sockets.set(socket, undefined)
    httpServer.emit('connection', socket)
  }

  const sweep = createIdleSweep((tick) => {
    const timeouts = timeoutsOf(httpServer)
    for (const connection of sockets.values()) connection?.sweep(tick, timeouts, SWEEP_MS)
  })

  const phase: RawPhase = {
    knownBlocks: createKnownBlocks(),
    maxRequestBytes: maxRequestBytesOf(httpServer),
    respond(url) {
      const answer = find(url)
      if (answer === undefined) return undefined
      const lines = connectionLines(httpServer, isClosing)
      return formatter.bytesOf(answer, lines) ?? internalServerError(lines)
    },
    handOver,
    isClosing: () => isClosing,
    tick: sweep.tick,
  }

  function accept(socket: Socket): void {
    socket.once('close', () => sockets.delete(socket))
    if (mustServeAll(httpServer)) handOver(socket)
    else sockets.set(socket, new RawConnection(socket, phase))
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept) // as node:http
  server.on('listening', () => {
    sweep.start()
    httpServer.emit('listening') // starts the check of its timeouts
  })
  server.on('close', sweep.stop)
  const closeListener = server.close.bind(server)

  return Object.assign(server, {
    announceClose() {
      isClosing = true
    },
    closeIdleConnections() {
      for (const connection of sockets.values()) if (connection?.isIdle) connection.end()
      httpServer.closeIdleConnections()
    },
    closeAllConnections() {
      for (const socket of sockets.keys()) socket.destroy()
    },
    close(this: SocketServer, onClosed?: (error?: Error) => void) {
      isClosing = true
      closeListener(onClosed)
      this.closeIdleConnections()
      return this
    },
  })
}
