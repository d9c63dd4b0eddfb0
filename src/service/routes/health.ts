/** Health endpoints: liveness of the process, and readiness of the repository. */
import type { Handler } from 'hono'
import { withDeadline } from '../../cache/timing/with-deadline.ts'

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

/** Time limit of a check, in ms. A check that takes longer counts as failed. */
const CHECK_TIMEOUT_MS = 2000

const NO_STORE = { 'cache-control': 'no-store' }

export interface ReadinessOptions {
  /** Checks the repository. The service is not ready if the promise rejects. */
  repository: () => Promise<void>
  /**
   * Checks of the cache tiers, by the tier's name. The service is ready even if they fail, because a failing tier never fails a
   * request.
   */
  tiers: Readonly<Record<string, () => Promise<void>>>
  /** Called with the error of a failed check. The response does not contain this error. */
  onFailure?: (part: string, error: unknown) => void
}

type State = 'up' | 'down'

/**
 * Handler for readiness probes: 200 if the repository is up, otherwise 503. The body has the state of the repository and of
 * each tier.
 */
export function readiness({ repository, tiers, onFailure }: ReadinessOptions): Handler {
  async function stateOf(part: string, check: () => Promise<void>): Promise<State> {
    try {
      await withDeadline(check(), CHECK_TIMEOUT_MS, () => {
        throw new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)
      })
      return 'up'
    } catch (error) {
      onFailure?.(part, error)
      return 'down'
    }
  }

  return async function ready(c) {
    const [state, ...tierStates] = await Promise.all([
      stateOf('repository', repository),
      ...Object.entries(tiers).map(async ([tier, check]) => [tier, await stateOf(tier, check)] as const),
    ])
    const body = {
      status: state === 'up' ? 'ready' : 'unready',
      repository: state,
      tiers: Object.fromEntries(tierStates),
    }
    return c.json(body, state === 'up' ? 200 : 503, NO_STORE)
  }
}
