/** A listening server, and the parts of the service that it calls. Each runtime has servers of its own. */
import type { Hono } from 'hono'
import type { FrontHits } from '../../http/front/front-hits.ts'

/** The parts of the service that a server calls. */
export interface ServedApp {
  fetch: Hono['fetch']
  /** The hits that the server may send itself, without `fetch`. Default: none. */
  hits?: FrontHits
  /** True if the server must send the hits from the socket. Default: false. */
  socketHits?: boolean
  /** True if every response must close its connection, which `fetch` ensures. Hits must then go through `fetch`. Default: false. */
  isDraining?(): boolean
}

export interface Address {
  host: string
  /** Port to listen on; 0 selects a free port. */
  port: number
  /** True if other sockets with this option may listen on the same port. The system then spreads connections over all of them. */
  shared: boolean
}

/** A listening server. */
export interface Server {
  port: number
  /**
   * Closes the listener before it returns, and possibly connections without a request. Resolves when the last connection is
   * closed.
   */
  stop(): Promise<void>
  /** True while a response is made, or has not been passed to the system to its end. */
  isSending(): boolean
  /** Closes every connection. */
  kill(): void
}
