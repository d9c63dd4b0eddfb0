/** Lets many health probes share one ping of the repository. */
import type { CompleteRepository } from '../repository.ts'

/** Time in ms for which the result of a ping serves further ones. */
const FRESH_MS = 1000

/**
 * Wraps `repository`. Calls of `ping` during a ping, and within a second after it, get its result. So however many probes come, the
 * database is checked once a second at most. Not for Workers, where requests cannot share promises.
 *
 * @param timer monotonic clock in ms. Default: `performance.now`.
 */
export function sharePing(
  repository: CompleteRepository,
  timer: () => number = () => performance.now(),
): CompleteRepository {
  let last: Promise<void> | undefined
  let freshUntil = Infinity

  function ping(): Promise<void> {
    if (last !== undefined && timer() < freshUntil) return last
    freshUntil = Infinity
    last = repository.ping().finally(() => {
      freshUntil = timer() + FRESH_MS
    })
    return last
  }

  return { ...repository, ping }
}
