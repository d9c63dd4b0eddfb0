/** One load per key at a time: readers that arrive while it runs wait for its result. */

import { onAbort } from '../timing/on-abort.ts'
import type { Schedule } from '../timing/schedule.ts'
import { withDeadline } from '../timing/with-deadline.ts'
import { RunningLoad } from './running-loads.ts'

/** A running load. */
export interface Flight<R> {
  /** The invalidation sequence number at which the load started. */
  readonly sequence: number
  /**
   * Waits for the result. A waiter with a signal can leave early: its promise then rejects with the signal's reason. When the
   * last waiter has left, the signal of the load itself aborts.
   */
  wait(signal?: AbortSignal): Promise<R>
}

/** A running load that later readers of its key may join. */
export interface SharedFlight<R> extends Flight<R> {
  readonly running: RunningLoad
  /** Returns true if the load has run for so long without a result that no reader should join it. */
  isOverdue(): boolean
  /** Removes the load from its keys: readers that arrive from now on start a new load. Those that already wait keep waiting. */
  detach(): void
}

/** The time limit of a load. */
export interface TimeLimit<R> {
  ms: number
  schedule: Schedule
  /** Called once, when the load has started. */
  onStart: (load: Promise<R>) => void
  /** Called at the limit. Returns the result for all that wait. The load itself may continue; its signal aborts afterwards. */
  onExpiry: (load: Promise<R>) => R
}

/** A load that has returned a value whose body is still streaming. Readers may still join it. */
export interface Joinable {
  /** Readers may join until this promise settles. */
  completed: Promise<unknown>
  /** Second key under which readers may join, unless another load is running there. */
  storeKey: string | undefined
}

export class Flights<R> {
  readonly #joinableAfter: (result: R) => Joinable | undefined
  readonly #now: () => number
  readonly #onAbandoned: () => void
  readonly #flights = new Map<string, SharedFlight<R>>()

  /**
   * @param joinableAfter returns how long readers may still join a load with this result, or `undefined` if they may not.
   *   Default: they may not.
   * @param now current time, epoch ms. Default: `Date.now`.
   * @param onAbandoned called when all readers of a load have left or its time limit has passed, so that a later load can get a
   *   higher sequence number.
   */
  constructor(
    joinableAfter: (result: R) => Joinable | undefined = () => undefined,
    now: () => number = Date.now,
    onAbandoned: () => void = () => {},
  ) {
    this.#joinableAfter = joinableAfter
    this.#now = now
    this.#onAbandoned = onAbandoned
  }

  /** Returns the load that a reader of this key may join. */
  current(key: string): SharedFlight<R> | undefined {
    return this.#flights.get(key)
  }

  /**
   * Starts a load that later readers join. `run` must not reject.
   *
   * @param overdueMs time in ms after which a load without a result is overdue. Default: never.
   */
  start(
    key: string,
    sequence: number,
    run: (signal: AbortSignal) => Promise<R>,
    running = new RunningLoad(key),
    { overdueMs = Infinity, limit }: { overdueMs?: number; limit?: TimeLimit<R> | undefined } = {},
  ): SharedFlight<R> {
    const flights = this.#flights
    const keys = [key]
    const startedAt = this.#now()

    /** Removes this load from its keys. A key where a later load has replaced this one keeps the later load. */
    function detach(): void {
      for (const each of keys) if (flights.get(each) === flight) flights.delete(each)
    }

    const onAbandoned = (): void => {
      detach()
      this.#onAbandoned()
    }

    const onResult = (result: R): void => {
      running.isPending = false
      const { completed, storeKey } = this.#joinableAfter(result) ?? {}
      if (storeKey !== undefined && flights.get(key) === flight && !flights.has(storeKey)) {
        keys.push(storeKey)
        flights.set(storeKey, flight)
      }
      if (completed === undefined) detach()
      else completed.then(detach, detach)
    }

    const flight: SharedFlight<R> = {
      sequence,
      running,
      wait: (signal) => started.wait(signal),
      // With a limit, a value that is still streaming is overdue too: its source may have stopped without an end.
      isOverdue: () => (running.isPending || limit !== undefined) && this.#now() - startedAt >= overdueMs,
      detach,
    }
    flights.set(key, flight) // before the start, because the load may read its own key
    const started = startFlight(
      sequence,
      (signal) => {
        const result = run(signal)
        result.then(onResult, detach) // not finally(): the promise that it returns would reject without a handler
        return result
      },
      onAbandoned,
      limit,
    )
    running.isStarting = false
    return flight
  }

  /** Adds a load that has its own flight, in place of an earlier one. */
  add(key: string, flight: SharedFlight<R>): void {
    this.#flights.set(key, flight)
  }

  /** Removes a load from a key, unless a later one has taken its place. */
  remove(key: string, flight: SharedFlight<R>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key)
  }

  /** @param before only a load with a lower sequence number is detached. Default: any. */
  detach(key: string, before = Infinity): void {
    const flight = this.#flights.get(key)
    if (flight !== undefined && flight.sequence < before) flight.detach()
  }

  detachAll(): void {
    this.#flights.clear()
  }
}

/**
 * Starts a load. `run` must not reject.
 *
 * @param onAbandoned called when the last waiter has left or the time limit has passed, before the load's signal aborts, so
 *   that no later reader joins a load that is being aborted.
 */
export function startFlight<R>(
  sequence: number,
  run: (signal: AbortSignal) => Promise<R>,
  onAbandoned?: () => void,
  limit?: TimeLimit<R>,
): Flight<R> {
  const controller = new AbortController()
  const load = run(controller.signal)
  const result =
    limit === undefined ? load : withDeadline(load, limit.ms, () => expire(limit), limit.schedule)
  limit?.onStart(load)
  let waiters = 0

  function expire({ ms, onExpiry }: TimeLimit<R>): R {
    onAbandoned?.()
    const late = onExpiry(load)
    controller.abort(new DOMException(`no result within ${ms} ms`, 'TimeoutError'))
    return late
  }

  return {
    sequence,
    wait(signal) {
      if (signal === undefined) {
        waiters = Infinity // without a signal, the waiter never leaves, so the load is never abandoned
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
