/** Opens the shared tier in a file. */
import type { Logger } from '@logtape/logtape'
import { sqliteStore } from '../../../stores/sqlite/sqlite-store.ts'
import { createTierLog } from '../../logging/tier-log.ts'
import { type OpenSharedTier, openedTier } from './opened-tier.ts'
import type { CacheFileConfig } from './shared-tier-config.ts'

/** Opens the file, and creates it if it is missing. */
export function openFileTier({ path, maxBytes }: CacheFileConfig, log: Logger): OpenSharedTier {
  const store = sqliteStore({ path, maxBytes })
  return openedTier(store, createTierLog(log, store.name))
}
