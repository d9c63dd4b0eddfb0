/** Opens the configured shared tier on Bun and Node, which have sockets and a file system. Each thread opens its own. */
import type { Logger } from '@logtape/logtape'
import type { CacheConfig } from './process-config.ts'
import type { OpenRedis } from './redis-connection.ts'
import type { OpenSharedTier } from './tiers/opened-tier.ts'

export interface OpenSharedTierOptions {
  config: CacheConfig
  log: Logger
  openRedis: OpenRedis
}

/**
 * Opens the tier; does not wait for its server. Resolves to `undefined` without a shared tier, and if the cache is off. Each
 * kind is imported only where it is configured, because its 30 files would delay every start.
 * @throws {StartError} when the client of Redis is not installed.
 */
export async function openSharedTier(options: OpenSharedTierOptions): Promise<OpenSharedTier | undefined> {
  const { enabled, sharedTier: config } = options.config
  if (!enabled || config === undefined) return undefined
  switch (config.kind) {
    case 'redis':
      return (await import('./tiers/redis-tier.ts')).openRedisTier(config, options)
    case 'memcached':
      return (await import('./tiers/memcached-tier.ts')).openMemcachedTier(config, options.log)
    case 'file':
      return (await import('./tiers/file-tier.ts')).openFileTier(config, options.log)
    default:
      return config satisfies never
  }
}
