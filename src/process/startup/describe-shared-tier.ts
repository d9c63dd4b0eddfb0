/** The address of the shared tier in log lines. */
import { describeRedisAddress } from './redis-url.ts'
import type { SharedTierConfig } from './tiers/shared-tier-config.ts'

/** Returns the address without user and password. */
export function describeSharedTier(config: SharedTierConfig): string {
  switch (config.kind) {
    case 'redis':
      return describeRedisAddress(config.address)
    case 'memcached':
      return `memcached://${config.servers.join(',')}`
    case 'file':
      return `file:${config.path}`
    default:
      return config satisfies never
  }
}
