/** The public names of `hitrate/stores/memcached`. */

import { sharedTier } from '../../cache/remote/open-shared-tier.ts'
import type { SharedTier } from '../../cache/shared-tier.ts'
import {
  type MemcachedStoreOptions,
  memcachedStore as openMemcachedStore,
} from '../../stores/memcached/memcached-store.ts'

export type { TlsOptions } from '../../stores/memcached/client/tls-options.ts'
export type { MemcachedStoreOptions } from '../../stores/memcached/memcached-store.ts'

/**
 * Makes a shared tier in Memcached 1.6 or later, over connections of its own. The application closes it after its caches. An idle
 * connection does not keep the process running.
 *
 * @throws {TypeError} for an invalid option.
 * @example
 * const remote = memcachedStore({ servers: '127.0.0.1:11211' })
 * const cache = createCache({ memory: memoryStore(), remote })
 */
export function memcachedStore(options: MemcachedStoreOptions): SharedTier {
  return sharedTier(openMemcachedStore(options))
}
