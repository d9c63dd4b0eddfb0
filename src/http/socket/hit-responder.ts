/** Responds to URLs with hits of the front, as bytes. */
import type { FrontHits } from '../front/front-hits.ts'
import { type ResponseBytes, ResponseFormatter } from './response-bytes.ts'

/**
 * Returns the response to a plain GET, and `undefined` if the HTTP server must serve it.
 *
 * @param connection the header lines about the connection, each with its line end.
 */
export type Respond = (url: string, connection: string) => ResponseBytes | undefined

/** Each response is one hit: counted and reported once. */
export function createHitResponder(hits: FrontHits): Respond {
  const formatter = new ResponseFormatter()

  function hitFor(url: string, connection: string): ResponseBytes | undefined {
    const entry = hits.entryOf(url)
    const hit = entry && hits.findMessage(entry)
    if (hit === undefined) return undefined
    const message = hits.toMessage(hit)
    const bytes = formatter.bytesOf(message, connection)
    hits.report(hit, bytes === undefined ? 500 : message.status)
    return bytes ?? internalServerError(connection) // the hit is counted, so another server must not serve it again
  }

  return function respond(url, connection) {
    try {
      return hitFor(url, connection)
    } catch {
      // For example of a memory store of the application. An error that leaves this function would end the process.
      return internalServerError(connection)
    }
  }
}

function internalServerError(connection: string): ResponseBytes {
  return [`HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n${connection}\r\n`]
}
