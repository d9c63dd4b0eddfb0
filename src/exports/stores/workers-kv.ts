/** The public names of `hitrate/stores/workers-kv`. */

import { sharedTier } from '../../cache/remote/open-shared-tier.ts'
import type { SharedTier } from '../../cache/shared-tier.ts'
import { workersKvStore as openWorkersKvStore, type WorkersKvStoreOptions } from '../../stores/workers-kv.ts'

export type { KvNamespace, WorkersKvStoreOptions } from '../../stores/workers-kv.ts'

/**
 * Makes a shared tier in a Workers KV namespace. KV is eventually consistent: an invalidation reaches other locations after about
 * a minute.
 *
 * @throws {TypeError} for an unknown option, or a `namespace` without the required methods.
 */
export function workersKvStore(options: WorkersKvStoreOptions): SharedTier {
  return sharedTier(openWorkersKvStore(options))
}
