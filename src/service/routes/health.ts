/** Is the process alive, and can it do its work? */
import type { Handler } from 'hono'

export interface HealthOptions {
  version: string
  runtime: string
  /** Seconds that the process has been running. */
  uptimeSeconds: () => number
}

/** Answers 200 as long as the process can answer at all: for liveness probes. */
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

/** How long a part may take to say that it is there. */
const CHECK_TIMEOUT_MS = 2000

const NO_STORE = { 'cache-control': 'no-store' }

export interface ReadinessOptions {
  /** Rejects when the repository is out: the service is not ready then. */
  repository: () => Promise<void>
  /** By tier; rejects when it is out. The service is ready without: a broken tier never breaks a request. */
  tiers: Readonly<Record<string, () => Promise<void>>>
  /** Told why a part is out; the answer says only that it is. */
  onFailure?: (part: string, error: unknown) => void
}

type State = 'up' | 'down'

/** Answers 200 when the repository answers, else 503, with its state and that of each tier: for readiness probes. */
export function readiness({ repository, tiers, onFailure }: ReadinessOptions): Handler {
  async function stateOf(part: string, check: () => Promise<void>): Promise<State> {
    try {
      await inTime(check())
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

async function inTime(answer: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS)
  })
  await Promise.race([answer, late]).finally(() => clearTimeout(timer))
}
