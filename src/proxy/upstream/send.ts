/** The connection to the upstream, which differs between Bun and Node. */

export interface UpstreamRequest {
  method: string
  /** Absolute URL. Its path and query are sent as they are. */
  url: string
  headers: Headers
  body: ReadableStream<Uint8Array> | null
  /** Ends the connection, also while the body of the response is read. */
  signal: AbortSignal
}

export interface UpstreamResponse {
  status: number
  /** New headers that the caller may change. */
  headers: Headers
  /** The bytes in the coding of `Content-Encoding`. */
  body: ReadableStream<Uint8Array> | null
}

/** Sends a request; resolves with the header of the response. Does not follow redirects. Rejects with an error of the system. */
export type Send = (request: UpstreamRequest) => Promise<UpstreamResponse>
