/** An open shared tier, made of a store that closes its own connections or files. */
import { sharedTier } from '../../../cache/remote/open-shared-tier.ts'
import type { SharedTier } from '../../../cache/shared-tier.ts'
import type { RemoteStore } from '../../../stores/store.ts'
import type { OutageLog } from '../../logging/tier-log.ts'

export interface LoggedTier {
  tier: SharedTier
  /** Logs the outages of the store. */
  log: OutageLog
}

export interface OpenSharedTier extends LoggedTier {
  /** Closes the connections or the file of the tier. Called after the cache was closed. */
  close(): Promise<void>
}

export function openedTier(store: RemoteStore, log: OutageLog): OpenSharedTier {
  const tier = sharedTier(store)
  return { tier, log, close: () => tier.close() }
}
