/** The options of a cache that concern its instances elsewhere. */
import type { InvalidationBus } from './invalidation/invalidation-bus.ts'

export interface SharedTierOptions {
  /**
   * Prefix of every key in the stores, so that several caches can share a store: then each needs its own. A colon separates it
   * from the key, so it must not contain one; it must not be empty. Default: none.
   */
  namespace?: string
  /** Time limit for all operations of the remote tier in one read, in ms. Default: 50. */
  remoteTimeoutMs?: number
  /**
   * Time for which a load is the only one of its key in all processes, in ms. A running load extends it. When the process of a
   * load crashes, another one takes over after this time. Default: 1000.
   */
  leaseMs?: number
  /**
   * Longest time for which memory serves an entry of the remote tier while it may miss invalidations of other processes, in ms:
   * when the connection on which they arrive is lost, or the store carries no messages. Default: 1000.
   */
  maxUnsyncedMs?: number
  /**
   * Connects this cache with its instances in other threads. After a call that invalidates has returned, no thread serves the
   * old value, neither from memory nor from a running load. Default: none; threads do not exchange invalidations.
   */
  invalidationBus?: InvalidationBus
}
