/**
 * Log lines for the outages of a shared tier of several servers, each of which fails by itself.
 *
 * The answers of the tier do not show which server is out, so the store reports its servers.
 */
import type { Logger } from '@logtape/logtape'
import { createTierLog, type OutageLog, type TierLog, type TierLogOptions } from './tier-log.ts'

export interface ServersLog extends OutageLog {
  /** @param error the failure of an operation; `undefined` if the server answers again. */
  onServer(name: string, error: unknown): void
}

export function createServersLog(
  log: Logger,
  tier: string,
  options: Pick<TierLogOptions, 'isLate' | 'now'> = {},
): ServersLog {
  const logs = new Map<string, TierLog>()

  function logOf(server: string): TierLog {
    const known = logs.get(server)
    if (known !== undefined) return known
    const created = createTierLog(log, tier, { ...options, server })
    logs.set(server, created)
    return created
  }

  return {
    onServer(name, error) {
      if (error === undefined) logOf(name).answered()
      else logOf(name).operationFailed('get', error)
    },
    // The store reports these failures and answers too, with the server.
    onCacheEvent() {},
    checkFailed() {},
    answered() {},
  }
}
