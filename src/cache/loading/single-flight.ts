/** One load per key at a time: readers that arrive while it runs wait for its result. */

export interface Flight<R> {
  /** The invalidation sequence number at which the load started. */
  readonly sequence: number
  /** The load has run for so long without a result that no reader should join it. */
  readonly isOverdue: boolean
  /**
   * Waits for the result. With a signal the waiter may leave earlier: its promise rejects with the signal's reason. When the
   * last waiter has left, the load's own signal aborts.
   */
  wait(signal?: AbortSignal): Promise<R>
}

/** The time for which readers may still join a load that already has its result. */
export interface Joinable {
  /** They may join until it settles. */
  until: Promise<unknown>
  /** A second key under which they may join, if no other load runs there. */
  alsoUnder: string | undefined
}

export interface FlightsOptions<R> {
  /** Returns whether readers may still join a load with this result. Default: they may not. */
  joinableAfter?: (result: R) => Joinable | undefined
  /** Epoch ms. Default `Date.now`. */
  now?: () => number
  /** A load without a result is overdue after this many ms. Default: never. */
  overdueMs?: number
}

interface Place<R> {
  readonly flight: Flight<R>
  readonly keys: string[]
}

export class Flights<R> {
  readonly #joinableAfter: (result: R) => Joinable | undefined
  readonly #now: () => number
  readonly #overdueMs: number
  readonly #places = new Map<string, Place<R>>()

  constructor(options: FlightsOptions<R> = {}) {
    this.#joinableAfter = options.joinableAfter ?? (() => undefined)
    this.#now = options.now ?? Date.now
    this.#overdueMs = options.overdueMs ?? Number.POSITIVE_INFINITY
  }

  /** The flight that a reader of this key may join. */
  current(key: string): Flight<R> | undefined {
    return this.#places.get(key)?.flight
  }

  /** Starts a load that later readers join. `run` must not reject. */
  start(key: string, sequence: number, run: (signal: AbortSignal) => Promise<R>): Flight<R> {
    const controller = new AbortController()
    const startedAt = this.#now()
    let isPending = true
    const result = run(controller.signal)
    const place: Place<R> = {
      flight: createFlight({
        sequence,
        controller,
        result,
        onAbandoned: () => end(),
        isOverdue: () => isPending && this.#now() - startedAt >= this.#overdueMs,
      }),
      keys: [key],
    }
    const end = () => {
      isPending = false
      this.#remove(place)
    }
    this.#places.set(key, place)
    // then() and not finally(): a promise that finally() returns would reject without a handler.
    result.then((settled) => {
      isPending = false
      const joinable = this.#joinableAfter(settled)
      if (joinable === undefined) return end()
      this.#addKey(place, key, joinable.alsoUnder)
      joinable.until.then(end, end)
    }, end)
    return place.flight
  }

  /** Starts a load that no reader can join. `run` must not reject. */
  startUnshared(sequence: number, run: (signal: AbortSignal) => Promise<R>): Flight<R> {
    const controller = new AbortController()
    return createFlight({
      sequence,
      controller,
      result: run(controller.signal),
      onAbandoned() {},
      isOverdue: () => false,
    })
  }

  /** Readers that arrive from now on start a new load. Those that already wait keep waiting. */
  detach(key: string): void {
    const place = this.#places.get(key)
    if (place !== undefined) this.#remove(place)
  }

  detachAll(): void {
    this.#places.clear()
  }

  #addKey(place: Place<R>, key: string, other: string | undefined): void {
    if (other === undefined || this.#places.get(key) !== place || this.#places.has(other)) return
    place.keys.push(other)
    this.#places.set(other, place)
  }

  /** A later flight may have replaced this one under some of its keys; that one stays. */
  #remove(place: Place<R>): void {
    for (const key of place.keys) if (this.#places.get(key) === place) this.#places.delete(key)
  }
}

interface FlightParts<R> {
  sequence: number
  controller: AbortController
  result: Promise<R>
  /** Runs before the load's signal aborts, so that no later reader joins a load that is being aborted. */
  onAbandoned: () => void
  isOverdue: () => boolean
}

function createFlight<R>({
  sequence,
  controller,
  result,
  onAbandoned,
  isOverdue,
}: FlightParts<R>): Flight<R> {
  let waiters = 0

  return {
    sequence,
    get isOverdue() {
      return isOverdue()
    },
    wait(signal) {
      if (signal === undefined) {
        waiters = Number.POSITIVE_INFINITY // a waiter that never leaves
        return result
      }
      waiters++
      return new Promise((resolve, reject) => {
        function leave(): void {
          reject(signal?.reason)
          if (--waiters > 0) return
          onAbandoned()
          controller.abort(signal?.reason)
        }
        if (signal.aborted) return leave()
        signal.addEventListener('abort', leave, { once: true })
        result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
      })
    },
  }
}
