/** Carries invalidations between the instances of one cache: in other threads, isolates or processes. */
import type { BusMessage } from './invalidation.ts'

/**
 * Connects one cache with its instances elsewhere. All instances must have the same name and namespace. A second cache needs a
 * separate bus: on a shared one, each cache would consume invalidations that are meant for the other.
 *
 * Implementations: {@link sharedMemoryBus} for the threads of a process.
 */
export interface InvalidationBus {
  /**
   * True if it connects the instances of all processes that share the remote tier, so that memory may keep entries of that tier
   * for their whole lifetime. Default: false, which means the threads of one process.
   */
  readonly spansProcesses?: boolean
  /**
   * Number of messages, of UTF-16 units of their keys and tags, or of both together, above which the messages of one `publish` are
   * lost anyway. Instead of more, the cache publishes `'lost'`, which costs the time of one. Default: no limit.
   */
  readonly capacity?: number
  /**
   * Sends messages to all other instances. Every `take` in another instance must deliver them if it starts after `publish`
   * has returned. If `publish` returns a promise, every `take` that starts after the promise has resolved must deliver them.
   *
   * @returns a promise that rejects when an instance may not have received them. The cache emits the rejection as an event.
   */
  publish(messages: readonly BusMessage[]): void | Promise<void>
  /**
   * Calls `apply` for each message that arrived since the last call, or with `'lost'` if the bus has lost some of them. The cache
   * calls `take` before each answer, so it must be cheap if nothing has arrived: one atomic load.
   */
  take(apply: (message: BusMessage) => void): void
  /**
   * Returns true if the memory tier may be used. Returns false if invalidations may be missing; reads then ignore memory.
   * Default: always true.
   */
  current?(): boolean
  /**
   * Fetches missing invalidations, so that `current` returns true again. If `current` returns false, a read calls `renew`,
   * loads at the same time, and waits for both. A rejection is emitted as an event, and memory stays unused. Default: nothing
   * is fetched.
   */
  renew?(): Promise<void>
}
