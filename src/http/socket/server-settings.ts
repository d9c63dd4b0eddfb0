/** Settings of the HTTP server that connections obey before they are handed over to it. */
import { maxHeaderSize, type Server } from 'node:http'
import { MAX_REQUEST_BYTES } from './request-reader.ts'

/** Timeouts in ms; 0 means none. */
export interface RawTimeouts {
  /** Time from the end of a response to the next request. */
  keepAliveMs: number
  /** Time from the connection to its first request. */
  firstRequestMs: number
}

/** Response to a client that sends no request, or only a part of one, as node:http sends it. */
export const REQUEST_TIMEOUT = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n'

/** Properties of node:http servers that its types or some of its versions lack. */
type Settings = Server & { maxHeaderSize?: number; keepAliveTimeoutBuffer?: number }

/** The timeouts that the server would apply to its own connections. They are read anew each time, because they may change. */
export function timeoutsOf(server: Server): RawTimeouts {
  const { keepAliveTimeout, keepAliveTimeoutBuffer = 0, headersTimeout, requestTimeout } = server as Settings
  const both = [headersTimeout, requestTimeout].filter((ms) => ms > 0)
  return {
    keepAliveMs: keepAliveTimeout > 0 ? keepAliveTimeout + keepAliveTimeoutBuffer : 0,
    firstRequestMs: both.length > 0 ? Math.min(...both) : 0,
  }
}

/**
 * True if the server has a setting that only it can apply: a limit of requests per connection, or a timeout of its own for
 * sockets. All of its connections are then handed over.
 */
export function mustServeAll(server: Server): boolean {
  return (server.maxRequestsPerSocket ?? 0) > 0 || server.timeout > 0
}

/** Largest request that the server would accept and that is recognised, in bytes. */
export function maxRequestBytesOf(server: Server): number {
  return Math.min(MAX_REQUEST_BYTES, (server as Settings).maxHeaderSize ?? maxHeaderSize)
}

/** The header lines about the connection that node:http adds to a response. */
export function connectionLines({ keepAliveTimeout }: Server, isLast: boolean): string {
  if (isLast) return 'Connection: close\r\n'
  if (!(keepAliveTimeout > 0)) return 'Connection: keep-alive\r\n'
  return `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveTimeout / 1000)}\r\n`
}
