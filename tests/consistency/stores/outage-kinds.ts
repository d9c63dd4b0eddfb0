/** The outages of every store. */
import type { StoreName } from './kind/address.ts'
import type { OutageKind } from './kind/outage-kind.ts'
import { memcachedOutages } from './memcached/memcached-outages.ts'
import { redisOutages } from './redis/redis-outages.ts'
import { sqliteOutages } from './sqlite/sqlite-outages.ts'

export const outageKinds: Readonly<Record<StoreName, OutageKind>> = {
  redis: redisOutages,
  memcached: memcachedOutages,
  sqlite: sqliteOutages,
}
