/** A circuit breaker: it opens after failures, and closes when a probe or a trial operation succeeds. */
import type { Schedule } from '../timing/schedule.ts'

export interface Breaker {
  /** True if the breaker is closed. */
  readonly up: boolean
  /** Returns true if an operation may be attempted: always while closed, and once in each `trialMs` while open. */
  permits(): boolean
  succeeded(): void
  /** @param isFinal opens the breaker at once, without waiting for further failures. */
  failed(isFinal?: boolean): void
  /** Stops the probes. */
  close(): void
}

export interface BreakerOptions {
  /** Returns the time of day, epoch ms. */
  now: () => number
  /** Starts the timers of the probes. */
  schedule: Schedule
  /** Asks whether operations would succeed; never rejects. Default: no probes, so that only trials can close the breaker. */
  probe?: () => Promise<boolean>
  /** Number of failures in a row that opens the breaker. Default: 3. */
  failures?: number
  /** Pause before each probe, in ms. Default: 250. */
  probeMs?: number
  /** Pause before each trial, in ms. Trials matter where no timer runs, as on Workers between requests. Default: 1000. */
  trialMs?: number
}

export function createBreaker(options: BreakerOptions): Breaker {
  const { now, schedule, probe, failures = 3, probeMs = 250, trialMs = 1000 } = options
  let failuresInARow = 0
  /** Time of the next trial, epoch ms; undefined while the breaker is closed. */
  let nextTrial: number | undefined
  let cancelProbe: (() => void) | undefined

  function succeeded(): void {
    failuresInARow = 0
    nextTrial = undefined
    close()
  }

  function close(): void {
    cancelProbe?.()
    cancelProbe = undefined
  }

  function probeLater(): void {
    cancelProbe = schedule(() => void runProbe(), probeMs)
  }

  async function runProbe(): Promise<void> {
    const isUp = await probe?.()
    if (nextTrial === undefined || cancelProbe === undefined) return // closed meanwhile
    if (isUp) succeeded()
    else probeLater()
  }

  return {
    get up() {
      return nextTrial === undefined
    },
    permits() {
      if (nextTrial === undefined) return true
      if (now() < nextTrial) return false
      nextTrial = now() + trialMs
      return true
    },
    succeeded,
    failed(isFinal = false) {
      // While the breaker is open, an operation that had started before it opened has nothing to add.
      if (nextTrial !== undefined) return
      if (++failuresInARow < failures && !isFinal) return
      nextTrial = now() + trialMs
      if (probe !== undefined) probeLater()
    },
    close,
  }
}
