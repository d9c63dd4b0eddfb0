/** Serves plain GETs that are no hits by the app's `fetch`, without an HTTP server. */
import type { Socket } from 'node:net'
import type { Hono } from 'hono'
import { writeResponse } from './response-writer.ts'
import { SocketRequest } from './socket-request.ts'

/**
 * Serves a GET.
 *
 * @param connection returns the header lines about the connection, each with its line end.
 * @returns `undefined` if the HTTP server must serve the request. Otherwise a promise that never rejects; it resolves with true
 * when the response is written and another may follow on the connection.
 */
export type ServeMiss = (
  socket: Socket,
  url: string,
  headers: Headers,
  connection: () => string,
) => Promise<boolean> | undefined

const CLOSE = 'Connection: close\r\n'

/** @param now epoch ms. */
export function createMissServer(fetch: Hono['fetch'], now: () => number = Date.now): ServeMiss {
  const dateAt = dateFormatter()

  async function serve(socket: Socket, request: SocketRequest, connection: () => string): Promise<boolean> {
    try {
      const response = await fetch(request)
      const isLast = response.headers.get('connection')?.toLowerCase() === 'close'
      const lines = isLast ? CLOSE : connection()
      const date = response.headers.has('date') ? '' : `Date: ${dateAt(now())}\r\n`
      await writeResponse(socket, response, date + lines)
      return lines !== CLOSE
    } catch {
      // Hono turns the errors of handlers into responses, so this one comes from the response itself.
      socket.write(`HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n${CLOSE}\r\n`)
      return false
    } finally {
      request.detach()
    }
  }

  return function serveMiss(socket, url, headers, connection) {
    const request = requestOf(socket, url, headers)
    return request && serve(socket, request, connection)
  }
}

/** Returns the request; `undefined` for a URL that is not in its normal form. */
function requestOf(socket: Socket, url: string, headers: Headers): SocketRequest | undefined {
  try {
    const request = new SocketRequest(socket, url, headers)
    return request.url === url ? request : undefined
  } catch {
    return undefined // no valid URL
  }
}

/** Formats times (epoch ms). The responses of one second share the string. */
function dateFormatter(): (now: number) => string {
  let second = NaN
  let date = ''
  return (now) => {
    if (Math.floor(now / 1000) !== second) {
      second = Math.floor(now / 1000)
      date = new Date(now).toUTCString()
    }
    return date
  }
}
