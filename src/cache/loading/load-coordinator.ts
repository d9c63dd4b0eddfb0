/** Decides how a read gets its value: it joins a running load, starts one, loads unshared, or refreshes in the background. */
import type { CacheCore } from '../core.ts'
import type { InternalReadOptions } from '../http-reads.ts'
import type { LoadStart, Tiers } from '../tiers/tiers.ts'
import { DeadlineSignal } from './deadline-signal.ts'
import { LoadAndStore, type Reach, type Reading, type Settled, type SettledValue } from './load-and-store.ts'
import { type Flight, Flights } from './single-flight.ts'

/** The end of a load as one reader sees it. */
export interface Loading {
  settled: Settled
  /** Another reader started the load. */
  shared: boolean
  /** The key that was read last: see `retryKey`. */
  key: string
}

/**
 * A load without a result after this time counts as lost: its runtime may have been stopped, or its source never answers.
 * Readers that wait for it keep waiting, but none joins it any more.
 */
const LOST_MS = 30_000

export class LoadCoordinator {
  readonly #core: CacheCore
  readonly #tiers: Tiers
  readonly #loadAndStore: LoadAndStore
  readonly #flights: Flights<Settled>
  /** Without shared promises: the keys with a background refresh, and when it started (epoch ms), oldest first. */
  readonly #refreshing = new Map<string, number>()

  constructor(core: CacheCore, tiers: Tiers) {
    this.#core = core
    this.#tiers = tiers
    this.#loadAndStore = new LoadAndStore(core, tiers)
    this.#flights = new Flights<Settled>({
      joinableAfter: (settled) =>
        settled.ok && settled.streaming
          ? { until: settled.streaming.completed, alsoUnder: settled.streaming.storeKey }
          : undefined,
      now: core.now,
      overdueMs: LOST_MS,
    })
  }

  /** Loads each key once at a time. */
  async load<T>(reading: Reading<T>): Promise<Loading> {
    const { storeKey, options, signal, key } = reading
    const { coalesce, log } = this.#core
    const replaces = options.strategy === 'invalidate'
    const reach: Reach = replaces ? 'load, store' : 'remote, load, store'
    if (replaces) log.advance() // an older load must not overwrite the value of this one
    if (!coalesce || options.shared === false) {
      return { settled: await this.#loadUnshared(reading, reach), shared: false, key }
    }
    const flight = replaces ? undefined : this.#joinable(storeKey)
    if (flight === undefined) {
      const started = this.#start(reading, reach, false)
      return { settled: await settledOf(started, signal), shared: false, key }
    }
    reading.skip()
    const settled = await settledOf(flight, signal)
    return this.#afterJoining(reading, flight, settled)
  }

  /** The remote tier's entry for this reader, without a load. */
  fetchRemote<T>(reading: Reading<T>): Promise<SettledValue | 'nothing' | 'failed'> {
    return this.#loadAndStore.fetchRemote(reading)
  }

  /** Calls the loader: nothing stored is read, and nothing is stored. */
  bypass<T>(reading: Reading<T>): Promise<Settled> {
    return this.#loadUnshared(reading, 'load')
  }

  /** Loads in the background, after a stale value was served, unless the key is being loaded already. */
  refresh<T>(reading: Reading<T>): void {
    const work = this.#core.coalesce ? this.#refreshShared(reading) : this.#refreshUnshared(reading)
    if (work === undefined) reading.skip()
    else reading.options.waitUntil?.(work)
  }

  /** Readers that arrive from now on start a new load of this key. */
  detach(storeKey: string): void {
    this.#flights.detach(storeKey)
  }

  detachAll(): void {
    this.#flights.detachAll()
  }

  /** The value of a joined load, if this reader may use it; otherwise it loads again. */
  async #afterJoining<T>(reading: Reading<T>, flight: Flight<Settled>, settled: Settled): Promise<Loading> {
    const { storeKey, options, key } = reading
    if (!settled.ok) return { settled, shared: true, key }
    const isCurrent = this.#flights.current(storeKey) === flight
    if (reading.startedAtSequence > flight.sequence && this.#isOutdated(reading, settled, flight.sequence)) {
      // The load started before an invalidation, and this read after it. A streaming load may still be joinable.
      if (isCurrent) this.#flights.detach(storeKey)
      return this.load(reading)
    }
    if (this.#isExpiredStream(settled, options)) {
      if (isCurrent) this.#abandon(storeKey)
      return this.load(reading)
    }
    // The own load may know the key. Joined by other readers in the same situation.
    if (settled.absent && !reading.acceptsAbsence) return this.load(reading)
    if (!this.#loadAndStore.fits(settled, options)) {
      const retry = this.#retryElsewhere(reading, settled)
      if (retry !== undefined) return this.load(retry)
      const own = await this.#loadUnshared(reading, 'load, store')
      return { settled: { ...own, tierFailed: settled.tierFailed }, shared: false, key }
    }
    return { settled, shared: true, key }
  }

  #joinable(storeKey: string): Flight<Settled> | undefined {
    const flight = this.#flights.current(storeKey)
    if (flight?.isOverdue !== true) return flight
    this.#abandon(storeKey)
    return undefined
  }

  /** No reader joins this load any more, and its late value must not overwrite one that is loaded from now on. */
  #abandon(storeKey: string): void {
    this.#flights.detach(storeKey)
    this.#core.log.advance()
  }

  #isOutdated<T>({ storeKey }: Reading<T>, { options }: SettledValue, sequence: number): boolean {
    const target = this.#loadAndStore.targetOf(storeKey, options) ?? storeKey
    return this.#tiers.isInvalidated([storeKey, target], options.tags ?? [], sequence)
  }

  /** True if the value has been streaming for longer than it is fresh, or than this reader accepts. */
  #isExpiredStream<T>(
    { options, streaming }: SettledValue,
    { maxAgeMs = Number.POSITIVE_INFINITY }: InternalReadOptions<T>,
  ): boolean {
    const streamingMs = streaming === undefined ? 0 : this.#core.now() - streaming.startedAt
    const { ttlMs = Number.POSITIVE_INFINITY, ageMs = 0 } = options
    return streamingMs > 0 && Math.max(0, ageMs) + streamingMs >= Math.min(ttlMs, maxAgeMs)
  }

  /** The same read under the key that `retryKey` returns; at most once per read. */
  #retryElsewhere<T>(reading: Reading<T>, { value, options: loaded }: SettledValue): Reading<T> | undefined {
    const { retryKey, ...options } = reading.options
    if (retryKey === undefined || loaded.share === false) return undefined
    const key = retryKey(value as T) // all readers of a key agree on its type
    const storeKey = this.#core.toStoreKey(key)
    if (storeKey === undefined || storeKey === reading.storeKey) return undefined
    const found = this.#tiers.peek(storeKey) as Reading<T>['found'] // as above
    return { ...reading, key, storeKey, found, options }
  }

  #startOfLoad(): LoadStart {
    this.#core.sync.applyPending() // otherwise earlier invalidations would count as newer than this load
    return this.#tiers.startLoad()
  }

  #start<T>(reading: Reading<T>, reach: Reach, background: boolean): Flight<Settled> {
    const start = this.#startOfLoad()
    return this.#flights.start(reading.storeKey, start.sequence, (signal) =>
      this.#loadAndStore.run(reading, { signal, background }, reach, start),
    )
  }

  #loadUnshared<T>(reading: Reading<T>, reach: Reach, background = false): Promise<Settled> {
    const start = this.#startOfLoad()
    const flight = this.#flights.startUnshared(start.sequence, (signal) =>
      this.#loadAndStore.run(reading, { signal, background }, reach, start),
    )
    return settledOf(flight, reading.signal)
  }

  /** `undefined`: the key is being loaded already. */
  #refreshShared<T>(read: Reading<T>): Promise<unknown> | undefined {
    if (this.#joinable(read.storeKey) !== undefined) return undefined
    const { reading, dispose } = this.#inBackground(read)
    // The refresh waits for itself, so that readers that join and leave cannot abort it.
    return settledOf(this.#start(reading, 'load, store', true), reading.signal).finally(dispose)
  }

  /** Without shared promises, readers still know that a refresh runs. `undefined`: one does already. */
  #refreshUnshared<T>(read: Reading<T>): Promise<unknown> | undefined {
    const { storeKey } = read
    const startedAt = this.#core.now()
    for (const [key, since] of this.#refreshing) {
      if (startedAt - since < LOST_MS) break
      this.#refreshing.delete(key)
    }
    if (this.#refreshing.has(storeKey)) return undefined
    this.#refreshing.set(storeKey, startedAt)
    const { reading, dispose } = this.#inBackground(read)
    return this.#loadUnshared(reading, 'load, store', true)
      .finally(dispose)
      .then((settled) => (settled.ok ? settled.streaming?.completed : undefined))
      .finally(() => {
        // A refresh that counted as lost may end after all, while a later one runs.
        if (this.#refreshing.get(storeKey) === startedAt) this.#refreshing.delete(storeKey)
      })
  }

  /** The same load without its caller, which has a stale value: only the deadline ends it. */
  #inBackground<T>(read: Reading<T>): { reading: Reading<T>; dispose: () => void } {
    const { hardTimeoutMs } = read.options
    if (hardTimeoutMs === undefined) return { reading: { ...read, signal: undefined }, dispose() {} }
    const { name, schedule } = this.#core
    const deadline = new DeadlineSignal(name, schedule, undefined, hardTimeoutMs)
    return { reading: { ...read, signal: deadline.signal }, dispose: () => deadline.dispose() }
  }
}

/** A reader that leaves a flight early gets an error of its own. */
function settledOf(flight: Flight<Settled>, signal: AbortSignal | undefined): Promise<Settled> {
  return flight
    .wait(signal)
    .catch((error: unknown) => ({ ok: false, error, tierFailed: false, called: false }))
}
