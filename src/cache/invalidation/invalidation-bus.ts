/** Carries invalidations between the instances of one cache: in other threads, isolates or processes. */
import type { Invalidation } from './invalidation.ts'

/**
 * Connects one cache with its instances elsewhere. All of them have the same name and namespace. A second cache needs a bus
 * of its own: on a shared one, each cache would consume invalidations that are meant for the other.
 *
 * Implementations: {@link sharedMemoryBus} for the threads of a process.
 */
export interface InvalidationBus {
  /**
   * Sends invalidations to all other instances. The caches there see them with every `take` that starts after `publish` has
   * returned, or, if it returns a promise, after that has resolved.
   *
   * @returns a promise that rejects when some instance may not have received them. The cache emits that as an event.
   */
  publish(invalidations: readonly Invalidation[]): void | Promise<void>
  /**
   * Calls `apply` for every invalidation that arrived since the last call; with `'everything'` where the bus cannot tell any
   * more which ones. The cache calls this before each answer, so it must be cheap when nothing has arrived: one atomic load.
   */
  take(apply: (invalidation: Invalidation) => void): void
  /**
   * True if the memory tier may answer now. `false`: invalidations may be missing, so reads find nothing in memory.
   * Default: always `true`.
   */
  current?(): boolean
  /**
   * Fetches missing invalidations, so that `current` becomes true. Reads that find the bus not current call it beside their
   * load and wait for both. A rejection is emitted as an event, and memory stays unused. Default: there is nothing to fetch.
   */
  renew?(): Promise<void>
}
