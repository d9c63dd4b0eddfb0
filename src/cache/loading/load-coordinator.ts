/** Decides how a read gets its value: it joins a running load, starts one, loads unshared, or refreshes in the background. */
import type { CacheCore } from '../core.ts'
import type { InternalReadOptions } from '../http-reads.ts'
import type { Tiers } from '../tiers/tiers.ts'
import { createDeadlineSignal } from './deadline-signal.ts'
import { LoadAndStore, type Reach, type Reading, type Settled, type SettledValue } from './load-and-store.ts'
import { type Flight, Flights, type SharedFlight, startFlight } from './single-flight.ts'

/** The end of a load as one reader sees it. */
export type Loading = Settled & {
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
  /** The loads that readers may join. */
  readonly flights: Flights<Settled>
  /** Without shared promises: the keys with a background refresh, and when it started (epoch ms), oldest first. */
  readonly #refreshing = new Map<string, number>()

  constructor(core: CacheCore, tiers: Tiers) {
    this.#core = core
    this.#tiers = tiers
    this.#loadAndStore = new LoadAndStore(core, tiers)
    this.flights = new Flights<Settled>(
      (settled) => (settled.ok ? settled.streaming : undefined),
      core.now,
      LOST_MS,
    )
  }

  /** Loads each key once at a time. */
  load<T>(reading: Reading<T>): Promise<Loading> {
    const { storeKey, options } = reading
    const replaces = options.strategy === 'invalidate'
    const reach: Reach = replaces ? 'load, store' : 'remote, load, store'
    if (replaces) this.#core.log.advance() // an older load must not overwrite the value of this one
    if (!this.#core.coalesce || options.shared === false) return this.#ownLoad(reading, reach, false)
    const flight = replaces ? undefined : this.#joinable(storeKey)
    if (flight === undefined) return this.#ownLoad(reading, reach, true)
    return this.#join(reading, flight)
  }

  /** Calls the loader: nothing stored is read, and nothing is stored. */
  bypass<T>(reading: Reading<T>): Promise<Loading> {
    return this.#ownLoad(reading, 'load', false)
  }

  /** Loads in the background, after a stale value was served, unless the key is being loaded already. */
  refresh<T>(read: Reading<T>): void {
    const { storeKey, options } = read
    const { coalesce, now } = this.#core
    if (coalesce ? this.#joinable(storeKey) !== undefined : this.#isRefreshing(storeKey)) {
      read.skip?.()
      return
    }
    const startedAt = now()
    if (!coalesce) this.#refreshing.set(storeKey, startedAt) // before the load, which may read its own key
    // The same load without its caller, which has a stale value: only the deadline ends it.
    const { signal, dispose } = createDeadlineSignal(this.#core, undefined, options.hardTimeoutMs)
    const flight = this.#start({ ...read, signal }, 'load, store', coalesce, true)
    // The refresh waits for itself, so that readers that join and leave cannot abort it.
    const settled = settledOf(flight, signal).finally(dispose)
    const ended = coalesce ? settled : this.#endOfRefresh(storeKey, startedAt, settled)
    options.waitUntil?.(ended)
  }

  /** The value of a joined load, if this reader may use it; otherwise it loads again. */
  async #join<T>(reading: Reading<T>, flight: SharedFlight<Settled>): Promise<Loading> {
    const { storeKey, options, key } = reading
    reading.skip?.()
    const settled = await settledOf(flight, reading.signal)
    const joined = { ...settled, shared: true, key }
    if (!settled.ok) return joined
    if (this.#isOutdated(reading, settled, flight.sequence) || this.#isExpiredStream(settled, options)) {
      if (this.flights.current(storeKey) === flight) this.#abandon(storeKey) // it is still streaming
      return this.load(reading)
    }
    // A load for this key alone may return a value. Other readers in the same situation join it.
    if (settled.absent && !reading.acceptsAbsence) return this.load(reading)
    if (this.#loadAndStore.fits(settled, options)) return joined
    const retry = this.#retryElsewhere(reading, settled)
    if (retry !== undefined) return this.load(retry)
    return { ...(await this.#ownLoad(reading, 'load, store', false)), tierFailed: settled.tierFailed }
  }

  #joinable(storeKey: string): SharedFlight<Settled> | undefined {
    const flight = this.flights.current(storeKey)
    if (flight?.isOverdue() !== true) return flight
    this.#abandon(storeKey)
    return undefined
  }

  /** No reader joins this load any more, and its late value must not overwrite one that is loaded from now on. */
  #abandon(storeKey: string): void {
    this.flights.detach(storeKey)
    this.#core.log.advance()
  }

  /** True if the load started before an invalidation that reached its value, and this read after it. */
  #isOutdated<T>(
    { storeKey, sequence }: Reading<T>,
    { options }: SettledValue,
    loadSequence: number,
  ): boolean {
    if (sequence <= loadSequence) return false
    const target = this.#tiers.targetOf(storeKey, options) ?? storeKey
    return this.#tiers.isInvalidated([storeKey, target], options.tags ?? [], loadSequence)
  }

  /** True if the value has been streaming for longer than it is fresh, or than this reader accepts. */
  #isExpiredStream<T>(
    { options, streaming }: SettledValue,
    { maxAgeMs = Infinity }: InternalReadOptions<T>,
  ): boolean {
    const streamingMs = streaming === undefined ? 0 : this.#core.now() - streaming.startedAt
    const { ttlMs = Infinity, ageMs = 0 } = options
    return streamingMs > 0 && Math.max(0, ageMs) + streamingMs >= Math.min(ttlMs, maxAgeMs)
  }

  /** The same read under the key that `retryKey` returns; at most once per read. */
  #retryElsewhere<T>(reading: Reading<T>, { value, options: loaded }: SettledValue): Reading<T> | undefined {
    const { retryKey, ...options } = reading.options
    if (retryKey === undefined || loaded.share === false) return undefined
    const key = retryKey(value as T) // all readers of a key agree on its type
    const storeKey = this.#core.toStoreKey(key)
    if (storeKey === undefined || storeKey === reading.storeKey) return undefined
    const entry = this.#tiers.peek(storeKey) as Reading<T>['entry'] // as above
    return { ...reading, key, storeKey, entry, options }
  }

  /** True if a refresh of the key runs that no reader can join. Drops the refreshes that count as lost. */
  #isRefreshing(storeKey: string): boolean {
    for (const [key, startedAt] of this.#refreshing) {
      if (this.#core.now() - startedAt < LOST_MS) break
      this.#refreshing.delete(key)
    }
    return this.#refreshing.has(storeKey)
  }

  async #endOfRefresh(storeKey: string, startedAt: number, refreshed: Promise<Settled>): Promise<void> {
    const settled = await refreshed
    if (settled.ok) await settled.streaming?.completed
    // A refresh that counted as lost may end after all, while a later one runs.
    if (this.#refreshing.get(storeKey) === startedAt) this.#refreshing.delete(storeKey)
  }

  /** @param isShared true: later readers of the key join the load. */
  #start<T>(reading: Reading<T>, reach: Reach, isShared: boolean, background = false): Flight<Settled> {
    this.#core.sync.applyPending() // otherwise earlier invalidations would count as newer than this load
    const start = this.#tiers.startLoad()
    const { sequence } = start
    const run = (signal: AbortSignal) => this.#loadAndStore.run(reading, { signal, background }, reach, start)
    return isShared ? this.flights.start(reading.storeKey, sequence, run) : startFlight(sequence, run)
  }

  async #ownLoad<T>(reading: Reading<T>, reach: Reach, isShared: boolean): Promise<Loading> {
    const settled = await settledOf(this.#start(reading, reach, isShared), reading.signal)
    return { ...settled, shared: false, key: reading.key }
  }
}

/** A reader that leaves a flight early gets an error of its own. */
function settledOf(flight: Flight<Settled>, signal: AbortSignal | undefined): Promise<Settled> {
  return flight
    .wait(signal)
    .catch((error: unknown) => ({ ok: false, error, tierFailed: false, called: false }))
}
