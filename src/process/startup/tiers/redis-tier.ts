/** Opens the shared tier in Redis. */
import type { Logger } from '@logtape/logtape'
import { sharedTier } from '../../../cache/remote/open-shared-tier.ts'
import { redisStore } from '../../../stores/redis/redis-store.ts'
import { createTierLog } from '../../logging/tier-log.ts'
import type { OpenRedis } from '../redis-connection.ts'
import type { OpenSharedTier } from './opened-tier.ts'
import type { RedisConfig } from './shared-tier-config.ts'

/**
 * Redis has a client of its own on each runtime, and the client reports its connections.
 * @throws {StartError} when the client is not installed.
 */
export async function openRedisTier(
  config: RedisConfig,
  { log, openRedis }: { log: Logger; openRedis: OpenRedis },
): Promise<OpenSharedTier> {
  const tierLog = createTierLog(log, 'redis', { connectsInBackground: true })
  const { client, close } = await openRedis(config.address, tierLog.connectionFailed)
  return { tier: sharedTier(redisStore({ client })), log: tierLog, close: async () => close() }
}
