/** Log lines for the outages of the shared tier: one when it begins, one when it ends. */
import type { Logger } from '@logtape/logtape'
import type { CacheEvent } from '../../cache/events.ts'
import { errorText } from './log.ts'

export interface TierLog {
  onCacheEvent(event: CacheEvent): void
  /** A connection could not be made, or was lost. */
  connectionFailed(error: unknown): void
  /** A health check failed. */
  checkFailed(error: unknown): void
  answered(): void
}

/** Time in ms after an outage began or ended in which no further outage is logged, so that a flapping tier cannot fill the log. */
const QUIET_MS = 60_000

export interface TierLogOptions {
  /**
   * True if the connection is made in the background, and its failure is reported by `connectionFailed`. Operations before the
   * first connection fail because they come too early, so these failures are not logged. Default: false.
   */
  connectsInBackground?: boolean
  /** Returns the time in ms. Default: `performance.now`. */
  now?: () => number
}

/** @param tier name of the tier. */
export function createTierLog(log: Logger, tier: string, options: TierLogOptions = {}): TierLog {
  const { connectsInBackground = false, now = () => performance.now() } = options
  /** False until the first connection in the background was made or has failed. */
  let hasBegun = !connectsInBackground
  let isOut = false
  let isOutLogged = false
  let outSince = 0
  let quietUntil = -Infinity

  function failed(error: unknown): void {
    if (!hasBegun) return
    if (!isOut) outSince = now()
    isOut = true
    if (isOutLogged || now() < quietUntil) return // logged by a later failure, if the outage goes on
    isOutLogged = true
    quietUntil = now() + QUIET_MS
    log.error('The shared tier failed: reads load without it', { tier, error: errorText(error) })
  }

  function connectionFailed(error: unknown): void {
    hasBegun = true
    failed(error)
  }

  function answered(): void {
    hasBegun = true
    if (isOutLogged) {
      quietUntil = now() + QUIET_MS
      log.info('The shared tier answers again', { tier, outageMs: Math.round(now() - outSince) })
    }
    isOut = false
    isOutLogged = false
  }

  return {
    connectionFailed,
    checkFailed: failed,
    answered,
    onCacheEvent(event) {
      if (event.type !== 'tier' || event.tier !== 'remote') return
      const { operation, result, error } = event
      if (result === 'error') failed(error)
      // A single late answer is common on a busy machine. A late ping follows a late answer, so both together are an outage.
      else if (result === 'timeout') operation === 'ping' && failed(new Error('no answer in time'))
      else if (result !== 'out') answered()
    },
  }
}
