/** The connection to Redis that a runtime opens for the service. */
import type { RedisStoreOptions } from '../../stores/redis/redis-store.ts'
import type { RedisAddress } from './redis-url.ts'

/**
 * A client that connects in the background and reconnects until it is closed, also after a wrong password, which the operator may
 * correct on the server. While there is no connection, each command fails at once: a command that was sent late would take a
 * lease for a read that no longer waits.
 */
export interface RedisConnection {
  readonly client: RedisStoreOptions['client']
  /** Closes the connection at once. Does not wait for replies. */
  close(): void
}

/**
 * Opens the connection; does not wait for the server.
 *
 * @param onFailure called when the connection cannot be made or is lost. The error contains no credentials.
 * @throws {StartError} when the client is not installed.
 */
export type OpenRedis = (
  address: RedisAddress,
  onFailure: (error: unknown) => void,
) => Promise<RedisConnection>

/** Time in ms for one attempt to connect, TLS and DNS included. */
export const CONNECT_TIMEOUT_MS = 2000

/** Time in ms without any reply after which a connection counts as dead, and is replaced. */
export const SILENCE_MS = 2500

/** Longest pause in ms between two attempts to connect. */
export const RECONNECT_MS = 250

/** Name of the connections in the server's `CLIENT LIST`. */
export const CONNECTION_NAME = 'hitrate'
