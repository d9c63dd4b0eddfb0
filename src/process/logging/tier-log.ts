/** Log lines for the outages of the shared tier: one when it begins, one when it ends. */
import type { Logger } from '@logtape/logtape'
import type { CacheEvent, TierOperation, TierResult } from '../../cache/events.ts'
import { errorText } from './log.ts'

export interface OutageLog {
  onCacheEvent(event: CacheEvent): void
  /** A health check failed. */
  checkFailed(error: unknown): void
  answered(): void
}

export interface TierLog extends OutageLog {
  /** A connection could not be made, or was lost. */
  connectionFailed(error: unknown): void
  operationFailed(operation: TierOperation, error: unknown): void
}

/** Time in ms after an outage began or ended in which no further outage is logged, so that a flapping tier cannot fill the log. */
const QUIET_MS = 60_000

export interface TierLogOptions {
  /**
   * True if the connection is made in the background, and its failure is reported by `connectionFailed`. Operations before the
   * first connection fail because they come too early, so these failures are not logged. Default: false.
   */
  connectsInBackground?: boolean
  /** Name of the server of several whose outages are logged. Default: the log is that of the whole tier. */
  server?: string
  /** Returns true for the error of a store that found by its own clock that the answer was late. Default: there are none. */
  isLate?: (error: unknown) => boolean
  /** Returns the time in ms. Default: `performance.now`. */
  now?: () => number
}

/** Time in ms after which late answers are an outage if no other answer has come. */
const LATE_MS = 1000

const MESSAGES = {
  failed: 'The shared tier failed: reads load without it',
  answersAgain: 'The shared tier answers again',
}

const MESSAGES_OF_SERVER = {
  failed: 'A server of the shared tier failed: reads of its keys load without it',
  answersAgain: 'A server of the shared tier answers again',
}

/** @param tier name of the tier. */
export function createTierLog(log: Logger, tier: string, options: TierLogOptions = {}): TierLog {
  const { connectsInBackground = false, server, now = () => performance.now() } = options
  const messages = server === undefined ? MESSAGES : MESSAGES_OF_SERVER
  const source = server === undefined ? { tier } : { tier, server }
  const isLate = options.isLate ?? (() => false)
  /** False until the first connection in the background was made or has failed. */
  let hasBegun = !connectsInBackground
  let isOut = false
  let isOutLogged = false
  let outSince = 0
  /** Time of the first late answer since the last answer in time. */
  let lateSince = Infinity
  let quietUntil = -Infinity

  function failed(error: unknown): void {
    if (!hasBegun) return
    if (!isOut) outSince = now()
    isOut = true
    if (isOutLogged || now() < quietUntil) return // logged by a later failure, if the outage goes on
    isOutLogged = true
    quietUntil = now() + QUIET_MS
    log.error(messages.failed, { ...source, error: errorText(error) })
  }

  /** A single late answer is common on a busy machine. A late ping follows a late answer, so both together are an outage. */
  function late(operation: TierOperation, error: unknown): void {
    lateSince = Math.min(lateSince, now())
    if (operation === 'ping' || now() - lateSince >= LATE_MS) failed(error)
  }

  function connectionFailed(error: unknown): void {
    hasBegun = true
    failed(error)
  }

  function answered(): void {
    hasBegun = true
    lateSince = Infinity
    if (isOutLogged) {
      quietUntil = now() + QUIET_MS
      log.info(messages.answersAgain, { ...source, outageMs: Math.round(now() - outSince) })
    }
    isOut = false
    isOutLogged = false
  }

  function operationFailed(operation: TierOperation, error: unknown): void {
    if (isLate(error)) late(operation, error)
    else failed(error)
  }

  return {
    connectionFailed,
    checkFailed: failed,
    operationFailed,
    answered,
    onCacheEvent(event) {
      if (event.type !== 'tier' || event.tier !== 'remote') return
      const { operation, result, error } = event
      if (result === 'timeout') late(operation, new Error('no answer in time'))
      else if (result === 'error') operationFailed(operation, error)
      else if (isAnswer(operation, result)) answered()
    },
  }
}

/** Returns true if the store has answered. It can end a lost lease, and refuse a value, by itself. */
function isAnswer(operation: TierOperation, result: TierResult): boolean {
  const isOfLease = operation === 'renew' || operation === 'release'
  return !isOfLease && !['out', 'lost', 'refused'].includes(result)
}
