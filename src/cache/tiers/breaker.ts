/** A circuit breaker: after several failures in a row it opens, and lets one caller try again after each pause. */

export interface Breaker {
  /** Permission for one operation, whose end must be reported; `undefined` while the breaker is open. */
  attempt(): Attempt | undefined
  /** The breaker is closed. */
  readonly up: boolean
}

export interface Attempt {
  succeeded(): void
  failed(): void
}

export interface BreakerOptions {
  /** Epoch ms. */
  now: () => number
  /** The number of failures in a row that opens it. Default 3. */
  failures?: number
  /** The first pause, doubled with each failed trial, in ms. Default 1000. */
  pauseMs?: number
  /** The longest pause, in ms. Default 30,000. */
  maxPauseMs?: number
}

export function createBreaker(options: BreakerOptions): Breaker {
  const { now, failures = 3, pauseMs = 1000, maxPauseMs = 30_000 } = options
  let failuresInARow = 0
  let pause = pauseMs
  /** Epoch ms; undefined while the breaker is closed. */
  let openUntil: number | undefined

  function succeeded(): void {
    failuresInARow = 0
    pause = pauseMs
    openUntil = undefined
  }

  const ordinary: Attempt = {
    succeeded,
    failed() {
      // Operations that were running when it opened add no information.
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
      openUntil = now() + pause // other callers wait for the result of this trial
      return trial
    },
  }
}
