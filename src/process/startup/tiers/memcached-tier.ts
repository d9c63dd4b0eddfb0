/** Opens the shared tier in Memcached. */
import type { Logger } from '@logtape/logtape'
import { NoAnswerError } from '../../../stores/memcached/client/no-answer-error.ts'
import { openMemcachedStore } from '../../../stores/memcached/memcached-store.ts'
import { StoreError } from '../../../stores/store.ts'
import { createServersLog } from '../../logging/servers-log.ts'
import { createTierLog } from '../../logging/tier-log.ts'
import { type OpenSharedTier, openedTier } from './opened-tier.ts'
import type { MemcachedConfig } from './shared-tier-config.ts'

/** The store has a client of its own, which reports a failure with the operation that meets it, as the file does. */
export function openMemcachedTier(config: MemcachedConfig, log: Logger): OpenSharedTier {
  const { servers, tls, username, password } = config
  const options = { servers, tls, username, password }
  if (servers.length > 1) {
    const serversLog = createServersLog(log, 'memcached', { isLate })
    return openedTier(openMemcachedStore(options, serversLog.onServer), serversLog)
  }
  return openedTier(openMemcachedStore(options), createTierLog(log, 'memcached', { isLate }))
}

function isLate(error: unknown): boolean {
  return (error instanceof StoreError ? error.cause : error) instanceof NoAnswerError
}
