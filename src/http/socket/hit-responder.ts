/** Responds to URLs with hits of the front, as bytes. */
import type { FrontHits, Peer } from '../front/front-hits.ts'
import type { HeaderValues } from '../front/hit-headers.ts'
import { type ResponseBytes, ResponseFormatter } from './response-bytes.ts'

export interface Respond {
  /**
   * Returns the response to a plain GET, and `undefined` if the HTTP server must serve it.
   *
   * @param connection the header lines about the connection, each with its line end.
   * @param received values of the request headers `reads`. Default: none of them is there.
   * @param peer the connection, for the report.
   */
  (url: string, connection: string, received?: HeaderValues, peer?: Peer): ResponseBytes | undefined
  /** Names of the request headers that it needs, in lower case. Default: none. */
  readonly reads?: readonly string[] | undefined
}

/** Each response is one hit: counted and reported once. */
export function createHitResponder(hits: FrontHits): Respond {
  const formatter = new ResponseFormatter()

  const hitFor = ((url, connection, received, peer) => {
    const entry = hits.entryOf(url)
    const hit = entry && hits.findMessage(entry, received)
    if (hit === undefined) return undefined
    const message = hits.toMessage(hit)
    const own = hit.values && hits.headers?.linesOf(hit.values)
    const bytes = formatter.bytesOf(message, connection, own)
    hits.report(hit, bytes === undefined ? 500 : message.status, url, peer)
    return bytes ?? internalServerError(connection) // the hit is counted, so another server must not serve it again
  }) satisfies Respond

  const respond: Respond = function respond(url, connection, received, peer) {
    try {
      return hitFor(url, connection, received, peer)
    } catch {
      // For example of a memory store of the application. An error that leaves this function would end the process.
      return internalServerError(connection)
    }
  }
  return Object.assign(respond, { reads: hits.headers?.reads })
}

function internalServerError(connection: string): ResponseBytes {
  return [`HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n${connection}\r\n`]
}
