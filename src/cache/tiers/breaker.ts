/** A circuit breaker. It opens after several failures in a row, and then permits one trial operation after each pause. */

export interface Breaker {
  /**
   * Returns permission for one operation; the caller must report how the operation ended. While the breaker is open, returns
   * `undefined`, except for one trial after each pause.
   */
  attempt(): Attempt | undefined
  /** True if the breaker is closed. */
  readonly up: boolean
}

export interface Attempt {
  succeeded(): void
  failed(): void
}

export interface BreakerOptions {
  /** Returns the time of day, epoch ms. */
  now: () => number
  /** Number of failures in a row that opens the breaker. Default: 3. */
  failures?: number
  /** First pause, in ms. Each failed trial doubles it. Default: 1000. */
  pauseMs?: number
  /** Longest pause, in ms. Default: 30,000. */
  maxPauseMs?: number
}

export function createBreaker(options: BreakerOptions): Breaker {
  const { now, failures = 3, pauseMs = 1000, maxPauseMs = 30_000 } = options
  let failuresInARow = 0
  let pause = pauseMs
  /** Time of the next trial, epoch ms; undefined while the breaker is closed. */
  let openUntil: number | undefined

  function succeeded(): void {
    failuresInARow = 0
    pause = pauseMs
    openUntil = undefined
  }

  const ordinary: Attempt = {
    succeeded,
    failed() {
      // While the breaker is open, only failures of trials count: other operations had started before it opened.
      if (openUntil === undefined && ++failuresInARow >= failures) openUntil = now() + pause
    },
  }

  const trial: Attempt = {
    succeeded,
    failed() {
      pause = Math.min(2 * pause, maxPauseMs)
      openUntil = now() + pause
    },
  }

  return {
    get up() {
      return openUntil === undefined
    },
    attempt() {
      if (openUntil === undefined) return ordinary
      if (now() < openUntil) return undefined
      openUntil = now() + pause // no second trial starts during the next pause
      return trial
    },
  }
}
