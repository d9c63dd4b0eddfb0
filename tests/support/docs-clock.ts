/**
 * The clock of the examples in docs/. It stands still; `await later(ms)` moves it. So an example prints the same ages and dates
 * in every run, and shows no clock of its own.
 */

declare global {
  /** Lets `ms` milliseconds pass: timers that fall due run in order, and background work settles. */
  function later(ms: number): Promise<void>
}

export interface DocsClock {
  /** Sets the clock back to its start and drops all timers. */
  reset(): void
  /** Resolves after `ms` real milliseconds. */
  inRealTime(ms: number): Promise<void>
  /** Waits for background work: promises, file access, hashing, compression. Time stands still. */
  settle(): Promise<void>
}

interface Timer {
  at: number
  run(): void
}

const START = Date.UTC(2026, 10, 22)
/** Turns of the event loop that background work may take. */
const SETTLE_TURNS = 8

/** Replaces `Date`, `performance.now`, timers longer than 0 ms, and `Math.random` (always 0, so there is no jitter). */
export function installDocsClock(): DocsClock {
  const { Date: RealDate, setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis
  const timers = new Set<Timer>()
  let time = START
  /** Calls of `later` that have not returned. */
  let waiting = 0
  let isRunning = false

  async function settle(): Promise<void> {
    for (let turn = 0; turn < SETTLE_TURNS; turn++) {
      await new Promise((resolve) => realSetTimeout(resolve, 0))
      await crypto.subtle.digest('SHA-256', new Uint8Array(1)) // queued after the work of the thread pool
    }
  }

  function startTimer(run: () => void, ms: number): Timer {
    const timer = { at: time + ms, run }
    timers.add(timer)
    return timer
  }

  /** Moves the clock from timer to timer while an example waits in `later`. */
  async function runTimers(): Promise<void> {
    isRunning = true
    while (waiting > 0) {
      await settle()
      time = Math.min(...[...timers].map(({ at }) => at))
      for (const timer of timers) if (timer.at <= time && timers.delete(timer)) timer.run()
      await settle()
    }
    isRunning = false
  }

  RealDate.now = () => time
  globalThis.Date = new Proxy(RealDate, {
    construct: (date, values, self) => Reflect.construct(date, values.length === 0 ? [time] : values, self),
  })
  performance.now = () => time - START
  Math.random = () => 0

  globalThis.setTimeout = ((run: (...values: unknown[]) => void, ms = 0, ...values: unknown[]) =>
    ms > 0 ? startTimer(() => run(...values), ms) : realSetTimeout(run, 0, ...values)) as typeof setTimeout
  globalThis.clearTimeout = ((timer: unknown) => {
    if (!timers.delete(timer as Timer)) realClearTimeout(timer as ReturnType<typeof realSetTimeout>)
  }) as typeof clearTimeout

  globalThis.later = (ms) =>
    new Promise((resolve) => {
      waiting++
      startTimer(() => {
        waiting--
        resolve()
      }, ms)
      if (!isRunning) void runTimers()
    })

  return {
    reset() {
      time = START
      timers.clear()
      waiting = 0
    },
    inRealTime: (ms) => new Promise((resolve) => realSetTimeout(resolve, ms)),
    settle,
  }
}
