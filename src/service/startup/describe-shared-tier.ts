/** The address of the shared tier in log lines. */
import { describeRedisAddress } from './redis-url.ts'
import type { SharedTierConfig } from './shared-tier-config.ts'

/** Returns the address without user and password. */
export function describeSharedTier(config: SharedTierConfig): string {
  return describeRedisAddress(config.address)
}
