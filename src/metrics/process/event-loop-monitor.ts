/**
 * Measures the delay of the event loop with a timer. `monitorEventLoopDelay` is not used: on Node it loses the first
 * interval after each reset and counts its own period as a delay, and Bun has one monitor per thread, which a second user
 * would take over.
 */
import { DelayWindows, type EventLoopLag } from './delay-windows.ts'

export interface EventLoopMonitorOptions {
  /** Period of the timer in ms. */
  resolutionMs: number
  /** Time in ms for which a delay is shown at least. */
  windowMs: number
  /** Time in ms, of a clock that never goes back. */
  now: () => number
  /** Calls the callback at each period, and does not keep the process alive. Returns a function that ends the calls. */
  every: (callback: () => void, ms: number) => () => void
  /** Time in ms that the loop of this thread has spent so far. Default: utilization is not measured. */
  loopTimes?: () => LoopTimes
}

/** Cumulative times in ms: `idle` while the loop waited for events, `active` otherwise. */
export interface LoopTimes {
  readonly idle: number
  readonly active: number
}

export interface EventLoopMonitor {
  lag(): EventLoopLag
  /** Share of the window in which the loop was active, from 0 to 1. 0 without `loopTimes`. */
  utilization(): number
  /** Stops the timer. */
  close(): void
}

export function startEventLoopMonitor(options: EventLoopMonitorOptions): EventLoopMonitor {
  const { resolutionMs, windowMs, now, every, loopTimes = () => ({ idle: 0, active: 0 }) } = options
  const delays = new DelayWindows(windowMs)
  const times = new LoopTimesWindow(windowMs, loopTimes)
  let due = now() + resolutionMs
  let isOpen = true

  function tick(): void {
    const at = now()
    delays.record(at, at - due, resolutionMs)
    times.update(at)
    due = at + resolutionMs
  }

  times.update(now())
  const stop = every(tick, resolutionMs)

  return {
    lag() {
      // After a blockage a scrape may run before the timer.
      if (isOpen && now() > due) tick()
      return delays.read(now())
    },
    utilization: () => times.utilization(now()),
    close() {
      isOpen = false
      stop()
    },
  }
}

/** Readings of the loop's times, about one for each sixth of the window. */
class LoopTimesWindow {
  readonly #windowMs: number
  readonly #read: () => LoopTimes
  #readings: (LoopTimes & { readonly at: number })[] = []

  constructor(windowMs: number, read: () => LoopTimes) {
    this.#windowMs = windowMs
    this.#read = read
  }

  update(now: number): void {
    const last = this.#readings.at(-1)
    if (last !== undefined && now - last.at < this.#windowMs / 6) return
    const { idle, active } = this.#read()
    this.#readings.push({ at: now, idle, active })
    this.#dropOld(now)
  }

  utilization(now: number): number {
    this.#dropOld(now)
    const first = this.#readings[0]
    const { idle, active } = this.#read()
    const busy = active - (first?.active ?? 0)
    const total = busy + idle - (first?.idle ?? 0)
    return total > 0 ? busy / total : 0
  }

  /** Keeps one reading that is at least as old as the window. */
  #dropOld(now: number): void {
    while ((this.#readings[1]?.at ?? Number.POSITIVE_INFINITY) <= now - this.#windowMs) this.#readings.shift()
  }
}
