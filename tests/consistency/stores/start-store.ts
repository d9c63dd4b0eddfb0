/** Starts an empty store that has no faults. */
import { startMemcached } from '../../servers/memcached-server.ts'
import { startRedis } from '../../servers/redis-server.ts'
import { skipUnless } from '../../support/installed.ts'
import type { Address, StoreName } from './kind/address.ts'
import { SqliteFile } from './sqlite/sqlite-file.ts'

export interface StartedStore {
  address: Address
  end(): Promise<void>
}

export const storeStarts: Readonly<Record<StoreName, () => Promise<StartedStore>>> = {
  async redis() {
    const { port, end } = await startRedis()
    return { address: { store: 'redis', port, client: 'ioredis' }, end }
  },
  async memcached() {
    const { port, end } = await startMemcached()
    return { address: { store: 'memcached', servers: [`127.0.0.1:${port}`] }, end }
  },
  async sqlite() {
    const file = await SqliteFile.create()
    return { address: file.address(), end: () => file.end() }
  },
}

/** Reasons to skip the tests of a store. */
export const storeSkips: Readonly<Record<StoreName, string | false>> = {
  redis: skipUnless('redis-server'),
  memcached: skipUnless('memcached'),
  sqlite: false,
}

export const storeNames = Object.keys(storeStarts) as StoreName[] // the keys of the record
