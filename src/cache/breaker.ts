/** Stops asking what keeps failing: after a few failures in a row it is out, and now and then one caller tries again. */

export interface Breaker {
  /** May it be asked now? While it is out, true for one caller after each pause. */
  allows(): boolean
  succeeded(): void
  failed(): void
  /** Not out. */
  readonly up: boolean
}

export interface BreakerOptions {
  /** Epoch ms. */
  now: () => number
  /** Failures in a row that put it out. Default 3. */
  failures?: number
  /** The first pause, doubled with each failed try, in ms. Default 1000. */
  pauseMs?: number
  /** No pause is longer, in ms. Default 30,000. */
  maxPauseMs?: number
}

export function createBreaker(options: BreakerOptions): Breaker {
  const { now, failures = 3, pauseMs = 1000, maxPauseMs = 30_000 } = options
  let inARow = 0
  let pause = pauseMs
  /** Out until then, epoch ms; undefined while it is in. */
  let outUntil: number | undefined

  return {
    get up() {
      return outUntil === undefined
    },
    allows() {
      if (outUntil === undefined) return true
      if (now() < outUntil) return false
      outUntil = now() + pause // others wait for how this try ends
      return true
    },
    succeeded() {
      inARow = 0
      pause = pauseMs
      outUntil = undefined
    },
    failed() {
      inARow++
      if (outUntil === undefined && inARow < failures) return
      if (outUntil !== undefined) pause = Math.min(2 * pause, maxPauseMs)
      outUntil = now() + pause
    },
  }
}
