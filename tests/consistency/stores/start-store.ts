/** Starts an empty store that has no faults. */
import { startRedis } from '../../servers/redis-server.ts'
import { skipUnless } from '../../support/installed.ts'
import type { Address, StoreName } from './address.ts'

export interface StartedStore {
  address: Address
  end(): Promise<void>
}

export const storeStarts: Readonly<Record<StoreName, () => Promise<StartedStore>>> = {
  async redis() {
    const { port, end } = await startRedis()
    return { address: { store: 'redis', port, client: 'ioredis' }, end }
  },
}

/** Reasons to skip the tests of a store. */
export const storeSkips: Readonly<Record<StoreName, string | false>> = {
  redis: skipUnless('redis-server'),
}

export const storeNames = Object.keys(storeStarts) as StoreName[] // the keys of the record
