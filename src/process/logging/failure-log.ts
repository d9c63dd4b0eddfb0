/** Writes one log line for each failure and warning, from the events of the cache and the errors of the app. */
import type { Logger } from '@logtape/logtape'
import type { CacheEvent } from '../../cache/events.ts'
import { failureKind } from './failure-kind.ts'
import { errorText } from './log.ts'
import type { RepeatedLines } from './repeated-lines.ts'
import type { OutageLog } from './tier-log.ts'

export interface FailureLog {
  onCacheEvent(event: CacheEvent): void
  /** @param context see `onError` of `Parts`. */
  onError(error: unknown, context: Record<string, string>): void
  /** @param part see `onRecovery` of `Parts`. */
  onRecovery(part: string): void
  /** @param metric name of the metric that was used wrongly. */
  onMetricError(error: unknown, metric: string): void
}

export interface FailureLogOptions {
  log: Logger
  /** Writes the failures that may repeat with each request. */
  lines: RepeatedLines
  /** Logs the failures of the shared tier, which has this name in health checks. Default: there is no such tier. */
  sharedTier?: { name: string; log: OutageLog } | undefined
}

export function createFailureLog({ log, lines, sharedTier }: FailureLogOptions): FailureLog {
  /**
   * Errors that already have a log line. An error that a handler throws in a background refresh is reported twice: first by the
   * app, with the path, then by the cache as a `load` event. An error of reading the body is reported by the cache only.
   */
  const logged = new WeakSet<Error>()

  function isLogged(error: unknown): boolean {
    return error instanceof Error && logged.has(error)
  }

  /** Logs a warning and not an error, because the client already has a stale response. */
  function logRefreshFailure(error: unknown, details: Details): void {
    logFailure('warning', 'Background refresh failed', error, details)
  }

  /** @param part name of the failed part, if the same error in another part is another failure. */
  function logFailure(
    level: 'warning' | 'error',
    message: string,
    error: unknown,
    details: Details,
    part = '',
  ): void {
    lines.write({
      level,
      message,
      kind: `${part}\n${failureKind(error)}`,
      properties: () => ({ ...details, error: errorText(error) }),
    })
  }

  return {
    onCacheEvent(event) {
      sharedTier?.log.onCacheEvent(event)
      if (event.type === 'load' && event.background) {
        const { error, method, route } = event
        if (error !== undefined && !isLogged(error)) logRefreshFailure(error, { method, route })
      }
      if (event.type === 'warning') {
        const { warning, method, route } = event
        const message = warning.startsWith('depends-on-')
          ? 'Response not cached: the handler read a part of the request without Vary or private'
          : 'A cached route may need a change'
        log.warning(message, { warning, method, route })
      }
      if (event.type === 'bus') {
        const { operation, error } = event
        const message = 'The invalidation bus failed: other instances may serve invalidated values'
        logFailure('error', message, error, { operation }, operation)
      }
    },

    onError(error, { load, ...details }) {
      if (error instanceof Error) logged.add(error)
      if (sharedTier !== undefined && details.part === sharedTier.name)
        return sharedTier.log.checkFailed(error)
      if (load === 'background') return logRefreshFailure(error, details)
      logFailure('error', messageFor(details), error, details, details.part ?? details.callback)
    },

    onRecovery(part) {
      if (part === sharedTier?.name) return // has its own line
      lines.write({
        level: 'info',
        message: 'A health check succeeds again',
        kind: part,
        properties: () => ({ part }),
      })
    },

    onMetricError(error, metric) {
      logFailure('error', 'A metric failed', error, { metric }, metric)
    },
  }
}

type Details = Readonly<Record<string, string | undefined>>

function messageFor(details: Details): string {
  if ('part' in details) return 'A health check failed'
  if ('callback' in details) return 'A callback failed: requests may not be counted or logged'
  return 'A handler failed' // not "A request failed", because the client may have got a stale response
}
