/** The public names of `hitrate/stores/memcached`. */

import { sharedTier } from '../../cache/remote/open-shared-tier.ts'
import type { SharedTier } from '../../cache/shared-tier.ts'
import { type MemcachedStoreOptions, memcachedStore as openMemcachedStore } from '../../stores/memcached.ts'

export type { MemcachedClient, MemcachedStoreOptions } from '../../stores/memcached.ts'

/**
 * Makes a shared tier in Memcached, over a client of memjs.
 *
 * @throws {TypeError} for an unknown option, or a `client` without the required methods.
 * @example
 * import { Client } from 'memjs'
 * memcachedStore({ client: Client.create('127.0.0.1:11211', { retries: 0 }) })
 */
export function memcachedStore(options: MemcachedStoreOptions): SharedTier {
  return sharedTier(openMemcachedStore(options))
}
