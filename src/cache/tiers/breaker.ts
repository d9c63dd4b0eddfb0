/** Stops asking what keeps failing: after a few failures in a row it is out, and now and then one caller tries again. */

export interface Breaker {
  /** Leave to ask once, to be told how it went; `undefined` while it is out, but for one caller after each pause. */
  attempt(): Attempt | undefined
  /** Not out. */
  readonly up: boolean
}

export interface Attempt {
  succeeded(): void
  failed(): void
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

  function succeeded(): void {
    inARow = 0
    pause = pauseMs
    outUntil = undefined
  }

  const ordinary: Attempt = {
    succeeded,
    failed() {
      // Those that were under way when it went out say nothing new.
      if (outUntil === undefined && ++inARow >= failures) outUntil = now() + pause
    },
  }

  const trial: Attempt = {
    succeeded,
    failed() {
      pause = Math.min(2 * pause, maxPauseMs)
      outUntil = now() + pause
    },
  }

  return {
    get up() {
      return outUntil === undefined
    },
    attempt() {
      if (outUntil === undefined) return ordinary
      if (now() < outUntil) return undefined
      outUntil = now() + pause // others wait for how this try ends
      return trial
    },
  }
}
