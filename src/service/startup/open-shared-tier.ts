/** Opens the configured shared tier on Bun and Node, which have sockets and a file system. Each thread opens its own. */
import type { Logger } from '@logtape/logtape'
import { sharedTier } from '../../cache/remote/open-shared-tier.ts'
import { redisStore } from '../../stores/redis/redis-store.ts'
import { createTierLog } from '../logging/tier-log.ts'
import type { Config } from './config.ts'
import type { LoggedTier } from './open-service.ts'
import type { OpenRedis } from './redis-connection.ts'

export interface OpenSharedTierOptions {
  config: Config['cache']
  log: Logger
  openRedis: OpenRedis
}

export interface OpenSharedTier extends LoggedTier {
  /** Closes the connections of the tier. Called after the cache was closed. */
  close(): void
}

/**
 * Opens the tier; does not wait for its server. Resolves to `undefined` without a shared tier, and if the cache is off.
 * @throws {StartError} when its client is not installed.
 */
export async function openSharedTier(options: OpenSharedTierOptions): Promise<OpenSharedTier | undefined> {
  const { enabled, sharedTier: config } = options.config
  if (!enabled || config === undefined) return undefined
  const log = createTierLog(options.log, 'redis', { connectsInBackground: true })
  const { client, close } = await options.openRedis(config.address, log.connectionFailed)
  return { tier: sharedTier(redisStore({ client })), log, close }
}
