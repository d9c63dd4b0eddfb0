/** One load per key at a time: who comes while it runs waits for its result. */

export interface Flight<R> {
  /** The invalidation sequence when the load began. */
  readonly born: number
  /** Its result should have come long ago: nobody else should wait for it. */
  readonly isLost: boolean
  /**
   * Waits for the result. With a signal the waiter may leave before: its promise rejects with the signal's reason, and
   * when the last waiter has left, the load's own signal fires.
   */
  wait(signal?: AbortSignal): Promise<R>
}

export interface Flights<R> {
  /** The flight that a newcomer may join. */
  current(key: string): Flight<R> | undefined
  /** Begins a load, which newcomers then join. `run` must not reject. */
  begin(key: string, born: number, run: (signal: AbortSignal) => Promise<R>): Flight<R>
  /** Begins a load that nobody can join. `run` must not reject. */
  beginAlone(born: number, run: (signal: AbortSignal) => Promise<R>): Flight<R>
  /** Whoever comes from now on begins a load anew; those who wait already keep waiting. */
  detach(key: string): void
  detachAll(): void
}

/** How long newcomers may still join a load that has its result already. */
export interface Lasting {
  /** Until it settles. */
  over: Promise<unknown>
  /** They may join it under this key too, where no other load is under way. */
  alsoAt: string | undefined
}

export interface FlightsOptions<R> {
  /** Whether newcomers may still join a load that has its result. Default: they may not. */
  lasting?: (result: R) => Lasting | undefined
  /** Epoch ms. Default `Date.now`. */
  now?: () => number
  /** After so long without a result a load is taken for lost, in ms. Default: never. */
  lostMs?: number
}

export function createFlights<R>(options: FlightsOptions<R> = {}): Flights<R> {
  const { lasting = () => undefined, now = Date.now, lostMs = Number.POSITIVE_INFINITY } = options
  const joinable = new Map<string, { flight: Flight<R>; keys: string[] }>()

  return {
    current: (key) => joinable.get(key)?.flight,
    begin(key, born, run) {
      const controller = new AbortController()
      const begun = now()
      let isPending = true
      const result = run(controller.signal)
      const isLost = () => isPending && now() - begun >= lostMs
      const flight = createFlight(born, controller, result, end, isLost)
      const one = { flight, keys: [key] }
      function end(): void {
        isPending = false
        // A later flight may have taken the place of this one.
        for (const at of one.keys) if (joinable.get(at) === one) joinable.delete(at)
      }
      joinable.set(key, one)
      // Not finally(): it would pass a rejection on to nobody.
      result.then((settled) => {
        isPending = false
        const last = lasting(settled)
        if (last === undefined) return end()
        const { over, alsoAt } = last
        if (alsoAt !== undefined && joinable.get(key) === one && !joinable.has(alsoAt)) {
          one.keys.push(alsoAt)
          joinable.set(alsoAt, one)
        }
        over.then(end, end)
      }, end)
      return flight
    },
    beginAlone(born, run) {
      const controller = new AbortController()
      return createFlight(born, controller, run(controller.signal), () => {})
    },
    detach(key) {
      const one = joinable.get(key)
      for (const at of one?.keys ?? []) if (joinable.get(at) === one) joinable.delete(at)
    },
    detachAll: () => joinable.clear(),
  }
}

/** @param abandoned is called before the load's signal fires: who comes then must not wait for a load that was stopped. */
function createFlight<R>(
  born: number,
  controller: AbortController,
  result: Promise<R>,
  abandoned: () => void,
  isLost: () => boolean = () => false,
): Flight<R> {
  let waiting = 0

  return {
    born,
    get isLost() {
      return isLost()
    },
    wait(signal) {
      if (signal === undefined) {
        waiting = Number.POSITIVE_INFINITY // one who never leaves
        return result
      }
      waiting++
      return new Promise((resolve, reject) => {
        function leave(): void {
          reject(signal?.reason)
          if (--waiting > 0) return
          abandoned()
          controller.abort(signal?.reason)
        }
        if (signal.aborted) return leave()
        signal.addEventListener('abort', leave, { once: true })
        result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
      })
    },
  }
}
