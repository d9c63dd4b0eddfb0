/** Starts each store for a race. */
import type { StoreName } from './kind/address.ts'
import type { RaceStore } from './kind/race-store.ts'
import { MemcachedRaceStore } from './memcached/memcached-races.ts'
import { RedisRaceStore } from './redis/redis-races.ts'
import { SqliteRaceStore } from './sqlite/sqlite-races.ts'

export const raceStores: Readonly<Record<StoreName, () => Promise<RaceStore>>> = {
  redis: () => RedisRaceStore.start(),
  memcached: () => MemcachedRaceStore.start(),
  sqlite: () => SqliteRaceStore.start(),
}
