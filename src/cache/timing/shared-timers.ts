/**
 * Timers for waits that mostly end early, such as the time limits of loads: waits of the same duration share one timer of the runtime,
 * because starting and cancelling one costs about a microsecond. Not for runtimes on which a timer belongs to a request.
 */
import { AsyncContext } from '../../node-builtins.ts'
import { byTimers, type Schedule } from './schedule.ts'

/** A timer of the runtime. While it is `unref`ed, it does not keep the process running. */
interface Timer {
  ref(): unknown
  unref(): unknown
}

/** @param run called once after `ms` milliseconds, or a little earlier. */
type StartTimer = (run: () => void, ms: number) => Timer

interface Wait {
  readonly run: () => void
  /** A reading of the clock. */
  readonly dueAt: number
  earlier: Wait | undefined
  later: Wait | undefined
  isPending: boolean
}

/** Number of durations that share timers. Waits of other durations have timers of their own. */
const MAX_DURATIONS = 16

/** Longer waits have timers of their own, so that no timer outlives its waits for long. */
const MAX_SHARED_MS = 10 * 60_000

export interface SharedTimersOptions {
  /** Default: the runtime's `setTimeout`, with the asynchronous context of this call. */
  startTimer?: StartTimer
  /** Monotonic time, in ms. Default: `performance.now`, looked up at each call, so that it agrees with the timers if a test replaces both. */
  now?: () => number
  /** For waits that share no timer. Default: the runtime's timers. */
  others?: Schedule
}

/** Returns a {@link Schedule} whose waits share timers. `run` is called in the asynchronous context of this call, and must not throw. */
export function sharedTimers({
  startTimer = startRuntimeTimer(),
  now = () => performance.now(),
  others = byTimers,
}: SharedTimersOptions = {}): Schedule {
  const runtimeTimeout = setTimeout
  const durations = new Map<number, Duration>()
  let last: Duration | undefined

  function durationOf(ms: number): Duration | undefined {
    const known = durations.get(ms)
    if (known !== undefined || durations.size >= MAX_DURATIONS) return known
    const duration = new Duration(ms, startTimer, now, () => {
      durations.delete(ms)
      if (last === duration) last = undefined
    })
    durations.set(ms, duration)
    return duration
  }

  return (run, ms) => {
    // A test may replace the runtime's timers by a clock of its own, in which the times of the waits mean nothing.
    if (!(ms <= MAX_SHARED_MS) || setTimeout !== runtimeTimeout) return others(run, ms)
    if (last?.ms !== ms) last = durationOf(ms)
    return last === undefined ? others(run, ms) : last.add(run)
  }
}

/** The waits of one duration, the first to end first. */
class Duration {
  readonly ms: number
  readonly #startTimer: StartTimer
  readonly #now: () => number
  readonly #onEnd: () => void
  #first: Wait | undefined
  #last: Wait | undefined
  #timer: Timer | undefined
  /** End of the timer, as a reading of the clock. */
  #wakesAt = 0

  /** @param onEnd called when the timer has ended and there is no wait. */
  constructor(ms: number, startTimer: StartTimer, now: () => number, onEnd: () => void) {
    this.ms = ms
    this.#startTimer = startTimer
    this.#now = now
    this.#onEnd = onEnd
  }

  /** Returns a function that cancels the wait. */
  add(run: () => void): () => void {
    const earlier = this.#last
    const wait: Wait = { run, dueAt: this.#now() + this.ms, earlier, later: undefined, isPending: true }
    this.#last = wait
    if (earlier !== undefined) earlier.later = wait
    else {
      this.#first = wait
      if (this.#timer === undefined) this.#start(this.ms, wait.dueAt)
      else this.#timer.ref()
    }
    return () => {
      if (!wait.isPending) return
      this.#remove(wait)
      if (this.#first === undefined) this.#timer?.unref() // kept for the next wait
    }
  }

  #start(ms: number, wakesAt: number): void {
    this.#wakesAt = wakesAt
    this.#timer = this.#startTimer(() => this.#end(), ms)
  }

  /** Runs the waits that are due, and waits for the next one. */
  #end(): void {
    this.#timer = undefined
    const now = Math.max(this.#now(), this.#wakesAt) // the runtime's timers may be early by a millisecond
    for (let wait = this.#first; wait !== undefined && wait.dueAt <= now; wait = this.#first) {
      this.#remove(wait)
      wait.run()
    }
    if (this.#timer !== undefined) return // `run` has added a wait
    if (this.#first === undefined) this.#onEnd()
    else this.#start(Math.max(1, Math.ceil(this.#first.dueAt - this.#now())), this.#first.dueAt)
  }

  #remove(wait: Wait): void {
    const { earlier, later } = wait
    wait.isPending = false
    if (earlier === undefined) this.#first = later
    else earlier.later = later
    if (later === undefined) this.#last = earlier
    else later.earlier = earlier
    // Otherwise a wait that has ended would keep all later ones in memory, until a full collection.
    wait.earlier = undefined
    wait.later = undefined
  }
}

function startRuntimeTimer(): StartTimer {
  // A timer keeps the asynchronous context in which it starts, which would be that of some request.
  const inThisContext = AsyncContext?.snapshot()
  return (run, ms) => {
    const start = (): Timer | number => setTimeout(run, ms)
    const timer = inThisContext === undefined ? start() : inThisContext(start)
    return typeof timer === 'object' && 'unref' in timer ? timer : UNCOUNTED
  }
}

/** Replaces a timer that is a number, as in browsers and on Workers, or an object of a clock for tests. */
const UNCOUNTED: Timer = { ref() {}, unref() {} }
