/** Makes the shared tier of a cache from a store. */
import { requireValid, withMethods } from '../../options.ts'
import type { RemoteStore } from '../../stores/store.ts'
import { CONNECT, type SharedTier } from '../shared-tier.ts'
import { connectRemote } from './connect-remote.ts'

/**
 * Makes the shared tier of a cache from a store of your own. The stores that come with the package are shared tiers already.
 *
 * @throws {TypeError} when the store lacks a method.
 * @example
 * const cache = createCache({ memory: memoryStore(), remote: sharedTier(myStore) })
 */
export function sharedTier(store: RemoteStore): SharedTier {
  requireValid('sharedTier: store', store, aRemoteStore)
  return {
    name: store.name,
    capabilities: store.capabilities,
    ping: () => store.ping(),
    close: async () => store.close?.(),
    [CONNECT]: (core, options) => connectRemote(core, store, options),
  }
}

const aRemoteStore = withMethods('a remote store with open and ping', 'open', 'ping')
