/** Starts what the members of a benchmark share: an empty store, and the database with the truth. */
import type { Address, StoreName } from '../../tests/consistency/stores/kind/address.ts'
import { storeNames, storeStarts } from '../../tests/consistency/stores/start-store.ts'
import { startRedis } from '../../tests/servers/redis-server.ts'

export interface Lab {
  address: Address
  databasePort: number
  end(): Promise<void>
}

/** The database is in Redis: in the same one as the store, if that is Redis. */
export async function startLab(store: StoreName): Promise<Lab> {
  const started = await storeStarts[store]()
  const { address } = started
  if (address.store === 'redis') {
    const defaults: Address = { ...address, client: 'ioredis with its defaults' }
    return { address: defaults, databasePort: address.port, end: () => started.end() }
  }
  const database = await startRedis()
  return {
    address,
    databasePort: database.port,
    async end() {
      await Promise.all([started.end(), database.end()])
    },
  }
}

/** @throws {TypeError} for the name of no store. */
export function storeIn(flag: string): StoreName {
  const name = storeNames.find((each) => each === flag)
  if (name !== undefined) return name
  throw new TypeError(`--store must be one of ${storeNames.join(', ')}, got ${flag}`)
}
