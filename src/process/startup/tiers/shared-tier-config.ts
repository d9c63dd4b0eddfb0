/** Configuration of the shared tier. */
import type { RedisAddress } from '../redis-url.ts'

export type SharedTierConfig = (RedisConfig | MemcachedConfig | CacheFileConfig) & {
  /** Budget of a read for the shared tier, in ms. */
  timeoutMs: number
}

export interface RedisConfig {
  kind: 'redis'
  address: RedisAddress
}

export interface MemcachedConfig {
  kind: 'memcached'
  /** As `host:port`, or the path of a Unix socket. */
  servers: readonly string[]
  /** True for TLS. */
  tls: boolean
  username: string | undefined
  password: string | undefined
}

export interface CacheFileConfig {
  kind: 'file'
  path: string
  maxBytes: number
}
