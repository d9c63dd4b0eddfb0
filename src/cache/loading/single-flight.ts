/** One load per key at a time: readers that arrive while it runs wait for its result. */

import { onAbort } from './on-abort.ts'

/** A running load. */
export interface Flight<R> {
  /** The invalidation sequence number at which the load started. */
  readonly sequence: number
  /**
   * Waits for the result. With a signal the waiter may leave earlier: its promise rejects with the signal's reason. When the
   * last waiter has left, the load's own signal aborts.
   */
  wait(signal?: AbortSignal): Promise<R>
}

/** A flight that readers of its key may join. */
export interface SharedFlight<R> extends Flight<R> {
  /** The load has run for so long without a result that no reader should join it. */
  isOverdue(): boolean
  /** Readers that arrive from now on start a new load. Those that already wait keep waiting. */
  detach(): void
}

/** The time for which readers may still join a load that already has its result. */
export interface Joinable {
  /** They may join until it settles. */
  completed: Promise<unknown>
  /** A second key under which they may join, if no other load runs there. */
  storeKey: string | undefined
}

export class Flights<R> {
  readonly #joinableAfter: (result: R) => Joinable | undefined
  readonly #now: () => number
  readonly #overdueMs: number
  readonly #flights = new Map<string, SharedFlight<R>>()

  /**
   * @param joinableAfter returns whether readers may still join a load with this result. Default: they may not.
   * @param now epoch ms.
   * @param overdueMs a load without a result is overdue after this time. Default: never.
   */
  constructor(
    joinableAfter: (result: R) => Joinable | undefined = () => undefined,
    now: () => number = Date.now,
    overdueMs = Infinity,
  ) {
    this.#joinableAfter = joinableAfter
    this.#now = now
    this.#overdueMs = overdueMs
  }

  /** The flight that a reader of this key may join. */
  current(key: string): SharedFlight<R> | undefined {
    return this.#flights.get(key)
  }

  /** Starts a load that later readers join. `run` must not reject. */
  start(key: string, sequence: number, run: (signal: AbortSignal) => Promise<R>): SharedFlight<R> {
    const flights = this.#flights
    const keys = [key]
    const startedAt = this.#now()
    let isPending = true

    /** A later flight may have replaced this one under some of its keys; that one stays. */
    function detach(): void {
      for (const each of keys) if (flights.get(each) === flight) flights.delete(each)
    }

    const onResult = (result: R): void => {
      isPending = false
      const { completed, storeKey } = this.#joinableAfter(result) ?? {}
      if (storeKey !== undefined && flights.get(key) === flight && !flights.has(storeKey)) {
        keys.push(storeKey)
        flights.set(storeKey, flight)
      }
      if (completed === undefined) detach()
      else completed.then(detach, detach)
    }

    const flight: SharedFlight<R> = {
      ...startFlight(
        sequence,
        (signal) => {
          const result = run(signal)
          result.then(onResult, detach) // not finally(): the promise that it returns would reject without a handler
          return result
        },
        detach,
      ),
      isOverdue: () => isPending && this.#now() - startedAt >= this.#overdueMs,
      detach,
    }
    flights.set(key, flight)
    return flight
  }

  detach(key: string): void {
    this.#flights.get(key)?.detach()
  }

  detachAll(): void {
    this.#flights.clear()
  }
}

/**
 * Starts a load. `run` must not reject.
 *
 * @param onAbandoned runs when the last waiter has left, before the load's signal aborts, so that no later reader joins a load that
 *   is being aborted.
 */
export function startFlight<R>(
  sequence: number,
  run: (signal: AbortSignal) => Promise<R>,
  onAbandoned?: () => void,
): Flight<R> {
  const controller = new AbortController()
  const result = run(controller.signal)
  let waiters = 0

  return {
    sequence,
    wait(signal) {
      if (signal === undefined) {
        waiters = Infinity // a waiter that never leaves
        return result
      }
      waiters++
      return new Promise((resolve, reject) => {
        function leave(): void {
          reject(signal?.reason)
          if (--waiters > 0) return
          onAbandoned?.()
          controller.abort(signal?.reason)
        }
        const stopListening = onAbort(signal, leave)
        result.then(resolve, reject).finally(stopListening)
      })
    },
  }
}
