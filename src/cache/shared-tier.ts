/**
 * The shared tier as an option of a cache. The code of the tier comes with the object and not with `createCache`, so that a bundle
 * without a shared tier does not contain it.
 */
import type { RemoteStore } from '../stores/store.ts'
import type { CacheCore } from './core.ts'
import type { ConnectedRemote } from './remote/connect-remote.ts'
import type { SharedTierOptions } from './shared-tier-options.ts'

/** Connects the tier with a cache. */
export const CONNECT = Symbol('hitrate:connect')

/** A store that processes share, made by `redisStore()` and the like, or by `sharedTier()` from a store of your own. */
export interface SharedTier extends Pick<RemoteStore, 'name' | 'capabilities' | 'ping'> {
  /**
   * Closes the connections or files that the store has opened. The application calls it after the last cache of the tier has
   * closed. Does nothing if the application made the client.
   */
  close(): Promise<void>
  readonly [CONNECT]: (core: CacheCore, options: SharedTierOptions) => ConnectedRemote
}
