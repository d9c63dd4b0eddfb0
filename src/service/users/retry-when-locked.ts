/** Retries repository operations that fail because another thread has the lock of the database file. */
import { pause } from '../../process/pause.ts'
import { type CompleteRepository, RepositoryBusyError } from './repository.ts'

export interface RetryOptions {
  /** Time in ms after which the last error is thrown. Default: 2000. */
  timeoutMs?: number
  /** Resolves after `ms` milliseconds. Default: a timer. */
  sleep?: (ms: number) => Promise<void>
  /** Monotonic clock in ms. Default: `performance.now`. */
  timer?: () => number
  /**
   * Returns a random number from 0 to 1. It varies the waits, so that waiting threads do not all retry at once. Default:
   * `Math.random`.
   */
  random?: () => number
}

/** Longest wait before a retry, in ms. The mean wait is half of it. */
const LONGEST_WAIT_MS = 20

/** As `timeoutMs`, for a ping after one that failed, so that the health probes of a longer outage have their answer soon. */
const NEXT_PING_MS = 250

/**
 * Wraps `repository`. An operation that throws {@link RepositoryBusyError} is retried until it succeeds or `timeoutMs` is over.
 * The error means that nothing was changed, so a retry never writes twice. The event loop stays free between retries; a busy
 * timeout of the synchronous driver would block it.
 */
export function retryWhenLocked(
  repository: CompleteRepository,
  options: RetryOptions = {},
): CompleteRepository {
  const { timeoutMs = 2000, sleep = pause, timer = () => performance.now(), random = Math.random } = options

  let hasPingFailed = false

  async function retry<T>(operation: () => Promise<T>, maxMs = timeoutMs): Promise<T> {
    const startedAt = timer()
    for (;;) {
      try {
        return await operation()
      } catch (error) {
        const waitMs = 1 + random() * (LONGEST_WAIT_MS - 1)
        const isTimedOut = timer() + waitMs - startedAt > maxMs
        if (isTimedOut || !(error instanceof RepositoryBusyError)) throw error
        await sleep(waitMs)
      }
    }
  }

  async function ping(): Promise<void> {
    try {
      await retry(() => repository.ping(), hasPingFailed ? Math.min(timeoutMs, NEXT_PING_MS) : timeoutMs)
      hasPingFailed = false
    } catch (error) {
      hasPingFailed = true
      throw error
    }
  }

  return {
    find: (id) => retry(() => repository.find(id)),
    findMany: (ids) => retry(() => repository.findMany(ids)),
    page: (limit, after) => retry(() => repository.page(limit, after)),
    count: () => retry(() => repository.count()),
    create: (user) => retry(() => repository.create(user)),
    update: (id, change) => retry(() => repository.update(id, change)),
    updateIfUnchanged: (current, change) => retry(() => repository.updateIfUnchanged(current, change)),
    remove: (id) => retry(() => repository.remove(id)),
    removeIfUnchanged: (current) => retry(() => repository.removeIfUnchanged(current)),
    ping,
    close: () => repository.close(),
  }
}
