/** What the log says of what went wrong, or of what a developer should know: one line for each. */
import type { Logger } from '@logtape/logtape'
import type { CacheEvent } from '../../cache/events.ts'
import { errorText } from './log.ts'

export interface FailureLog {
  onCacheEvent(event: CacheEvent): void
  /** @param context as the app gives it, see `Parts`. */
  onError(error: unknown, context: Record<string, string>): void
}

export function createFailureLog(log: Logger): FailureLog {
  /**
   * What has a line already. What a handler throws in the background comes twice: from the app, which knows the path, then
   * from the cache, as the event of a load that failed. What fails after the handler, as a body that breaks off does, comes
   * from the cache alone.
   */
  const told = new WeakSet<Error>()

  function isTold(error: unknown): boolean {
    return error instanceof Error && told.has(error)
  }

  /** No more than a warning: the client has its answer, a stale one. */
  function refreshFailed(error: unknown, where: Record<string, string | undefined>): void {
    log.warning('A refresh in the background failed', { ...where, error: errorText(error) })
  }

  return {
    onCacheEvent(event) {
      if (event.type === 'load' && event.background) {
        const { error, method, route } = event
        if (error !== undefined && !isTold(error)) refreshFailed(error, { method, route })
      }
      if (event.type === 'warning') {
        const { warning, method, route } = event
        log.warning('Answers are not kept: they depend on who asks, and do not say so', {
          warning,
          method,
          route,
        })
      }
    },

    onError(error, { load, ...where }) {
      if (error instanceof Error) told.add(error)
      if (load === 'background') return refreshFailed(error, where)
      // A stale answer may have stood in for the handler's: the request need not have failed.
      const what = 'part' in where ? 'A part of the service is out' : 'A handler failed'
      log.error(what, { ...where, error: errorText(error) })
    },
  }
}
