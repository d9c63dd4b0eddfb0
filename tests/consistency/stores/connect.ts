/** Connects a process to a store. Only the client of this store is imported. */
import type { Address, Connection } from './kind/address.ts'

/** @throws when the store is not there, and its client does not wait for it. */
export async function connect(address: Address): Promise<Connection> {
  switch (address.store) {
    case 'redis':
      return (await import('./redis/redis-connection.ts')).connectRedis(address)
    case 'memcached':
      return (await import('./memcached/memcached-connection.ts')).connectMemcached(address)
    case 'sqlite':
      return (await import('./sqlite/sqlite-connection.ts')).connectSqlite(address)
  }
}
