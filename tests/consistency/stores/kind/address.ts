/** Addresses of stores. They are JSON, so that a test can pass one to the processes that it starts. */
import type { SharedTier } from '../../../../src/cache/shared-tier.ts'

export interface RedisAddress {
  store: 'redis'
  port: number
  /** Port through which the messages of other processes arrive. Default: no subscriber of its own. */
  busPort?: number
  /** Name of a client in redis-connection.ts. */
  client: string
}

export interface MemcachedAddress {
  store: 'memcached'
  /** Each as `host:port`. */
  servers: string[]
  /**
   * The addresses by which keys are distributed, in the order of `servers`. Default: `servers`. Processes that reach the servers
   * through proxies of their own must agree on the server of a key.
   */
  ring?: string[]
}

export interface SqliteAddress {
  store: 'sqlite'
  path: string
  maxBytes?: number
  pollMs?: number
}

export type Address = RedisAddress | MemcachedAddress | SqliteAddress

export type StoreName = Address['store']

/** The shared tier of one process. */
export interface Connection {
  remote: SharedTier
  /** Closes the client, after the cache. */
  close(): Promise<void>
}
