/** Health endpoints: liveness of the process, and readiness of the repository. */
import type { Handler } from 'hono'
import { withDeadline } from '../../cache/timing/with-deadline.ts'
import type { Phase } from '../../process/phase.ts'
import { type FailureReason, RepositoryError } from '../users/repository.ts'

export interface HealthOptions {
  version: string
  runtime: string
  /** Seconds since the start of the process. */
  uptimeSeconds: () => number
}

/** Handler for liveness probes. Always responds with 200. */
export function health({ version, runtime, uptimeSeconds }: HealthOptions): Handler {
  return function health(c) {
    return c.json(
      {
        status: 'healthy',
        service: 'hitrate',
        version,
        runtime,
        uptime_seconds: Math.round(uptimeSeconds()),
      },
      200,
      NO_STORE,
    )
  }
}

/**
 * Time limit of a check, in ms. A check that takes longer counts as failed. Longer than the wait for the lock of the database, so
 * that the reason is `locked` then.
 */
const CHECK_TIMEOUT_MS = 2500

const NO_STORE = { 'cache-control': 'no-store' }

export interface ReadinessOptions {
  /** Checks the repository. The service is not ready if the promise rejects. */
  repository: () => Promise<void>
  /**
   * Checks of the cache tiers, by the tier's name. The service is ready even if they fail, because a failing tier never fails a
   * request.
   */
  tiers: Readonly<Record<string, () => Promise<void>>>
  /** Phase of the process. The service is not ready while it starts or stops. Default: always `ready`. */
  phase?: () => Phase
  /** Called with the error of a failed check. The response does not contain this error. */
  onFailure?: (part: string, error: unknown) => void
  /** Called when a check succeeds again after a failure. */
  onRecovery?: (part: string) => void
}

/** Result of a check. `reason` is one of few texts, without any part of an error message. */
type Result = { state: 'up' } | { state: 'down'; reason: FailureReason | 'no answer' | 'failed' }

/**
 * Handler for readiness probes: 200 if the repository is up and the process neither starts nor stops, otherwise 503. The body has
 * the state of the repository and of each tier, and the reason if the repository is down.
 */
export function readiness({ repository, tiers, phase, onFailure, onRecovery }: ReadinessOptions): Handler {
  const down = new Set<string>()

  async function check(part: string, run: () => Promise<void>): Promise<Result> {
    try {
      await withDeadline(run(), CHECK_TIMEOUT_MS, () => {
        throw new NoAnswerError(`no answer within ${CHECK_TIMEOUT_MS} ms`)
      })
      if (down.delete(part)) onRecovery?.(part)
      return { state: 'up' }
    } catch (error) {
      down.add(part)
      onFailure?.(part, error)
      return { state: 'down', reason: reasonOf(error) }
    }
  }

  return async function ready(c) {
    const [result, ...tierStates] = await Promise.all([
      check('repository', repository),
      ...Object.entries(tiers).map(async ([tier, run]) => [tier, (await check(tier, run)).state] as const),
    ])
    const current = phase?.() ?? 'ready'
    const status = current === 'ready' && result.state === 'down' ? 'unready' : current
    const body = {
      status,
      repository: result.state,
      ...(result.state === 'up' ? {} : { reason: result.reason }),
      tiers: Object.fromEntries(tierStates),
    }
    return c.json(body, status === 'ready' ? 200 : 503, NO_STORE)
  }
}

class NoAnswerError extends Error {}

function reasonOf(error: unknown) {
  if (error instanceof NoAnswerError) return 'no answer'
  return (error instanceof RepositoryError ? error.reason : undefined) ?? 'failed'
}
