/** The public names of `hitrate/stores/custom`: shared tiers over stores of your own. */

import { sharedTier } from '../../cache/remote/open-shared-tier.ts'
import type { SharedTier } from '../../cache/shared-tier.ts'
import { plainStore as openPlainStore } from '../../stores/plain/plain-store.ts'
import type { PlainStoreOptions } from '../../stores/plain/plain-store-options.ts'

export type { PlainStoreOptions } from '../../stores/plain/plain-store-options.ts'
export type {
  RemoteAnswer,
  RemoteChange,
  RemoteEntry,
  RemoteHandlers,
  RemoteLease,
  RemoteNamespace,
  RemoteNamespaceOptions,
  RemoteRead,
  RemoteStore,
  StoreCapabilities,
  StoreResult,
} from '../../stores/store.ts'
export { StoreError } from '../../stores/store.ts'
export { sharedTier }

/**
 * Makes a shared tier over any storage of bytes by key. See {@link PlainStoreOptions} for what it guarantees.
 *
 * @throws {TypeError} when an option is unknown, missing or has the wrong type.
 */
export function plainStore(options: PlainStoreOptions): SharedTier {
  return sharedTier(openPlainStore(options))
}
