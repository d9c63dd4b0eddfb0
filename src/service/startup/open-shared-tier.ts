/** Opens the configured shared tier on Bun and Node, which have sockets and a file system. Each thread opens its own. */
import type { Logger } from '@logtape/logtape'
import { sharedTier } from '../../cache/remote/open-shared-tier.ts'
import { NoAnswerError } from '../../stores/memcached/client/no-answer-error.ts'
import { openMemcachedStore } from '../../stores/memcached/memcached-store.ts'
import { redisStore } from '../../stores/redis/redis-store.ts'
import { sqliteStore } from '../../stores/sqlite/sqlite-store.ts'
import { type RemoteStore, StoreError } from '../../stores/store.ts'
import { createServersLog } from '../logging/servers-log.ts'
import { createTierLog, type OutageLog } from '../logging/tier-log.ts'
import type { Config } from './config.ts'
import type { LoggedTier } from './open-service.ts'
import type { OpenRedis } from './redis-connection.ts'
import type { CacheFileConfig, MemcachedConfig, RedisConfig } from './shared-tier-config.ts'

export interface OpenSharedTierOptions {
  config: Config['cache']
  log: Logger
  openRedis: OpenRedis
}

export interface OpenSharedTier extends LoggedTier {
  /** Closes the connections or the file of the tier. Called after the cache was closed. */
  close(): Promise<void>
}

/**
 * Opens the tier; does not wait for its server. Resolves to `undefined` without a shared tier, and if the cache is off.
 * @throws {StartError} when the client of Redis is not installed.
 */
export async function openSharedTier(options: OpenSharedTierOptions): Promise<OpenSharedTier | undefined> {
  const { enabled, sharedTier: config } = options.config
  if (!enabled || config === undefined) return undefined
  switch (config.kind) {
    case 'redis':
      return openRedisTier(config, options)
    case 'memcached':
      return openMemcachedTier(config, options.log)
    case 'file':
      return openFileTier(config, options.log)
    default:
      return config satisfies never
  }
}

/** Redis has a client of its own on each runtime, and the client reports its connections. */
async function openRedisTier(config: RedisConfig, options: OpenSharedTierOptions): Promise<OpenSharedTier> {
  const log = createTierLog(options.log, 'redis', { connectsInBackground: true })
  const { client, close } = await options.openRedis(config.address, log.connectionFailed)
  return { tier: sharedTier(redisStore({ client })), log, close: async () => close() }
}

/** The store has a client of its own, which reports a failure with the operation that meets it, as the file does. */
function openMemcachedTier(config: MemcachedConfig, log: Logger): OpenSharedTier {
  const { servers, tls, username, password } = config
  const options = { servers, tls, username, password }
  if (servers.length > 1) {
    const serversLog = createServersLog(log, 'memcached', { isLate })
    return opened(openMemcachedStore(options, serversLog.onServer), serversLog)
  }
  return opened(openMemcachedStore(options), createTierLog(log, 'memcached', { isLate }))
}

function isLate(error: unknown): boolean {
  return (error instanceof StoreError ? error.cause : error) instanceof NoAnswerError
}

function openFileTier({ path, maxBytes }: CacheFileConfig, log: Logger): OpenSharedTier {
  const store = sqliteStore({ path, maxBytes })
  return opened(store, createTierLog(log, store.name))
}

function opened(store: RemoteStore, log: OutageLog): OpenSharedTier {
  const tier = sharedTier(store)
  return { tier, log, close: () => tier.close() }
}
