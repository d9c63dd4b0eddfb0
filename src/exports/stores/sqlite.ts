/** The public names of `hitrate/stores/sqlite`. */

import { sharedTier } from '../../cache/remote/open-shared-tier.ts'
import type { SharedTier } from '../../cache/shared-tier.ts'
import { sqliteStore as openSqliteStore, type SqliteStoreOptions } from '../../stores/sqlite/sqlite-store.ts'

export type { SqliteStoreOptions } from '../../stores/sqlite/sqlite-store.ts'

/**
 * Makes a shared tier in a SQLite file, for the threads and processes of one machine. The application closes it after its caches.
 *
 * @throws {TypeError} for an unknown option, or one of the wrong type.
 * @example
 * const remote = sqliteStore({ path: '/var/cache/app/cache.db' })
 * const cache = createCache({ memory: memoryStore(), remote })
 */
export function sqliteStore(options: SqliteStoreOptions): SharedTier {
  return sharedTier(openSqliteStore(options))
}
