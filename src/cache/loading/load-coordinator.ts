/**
 * Decides how a read gets its value: it joins a running load, starts a shared or a separate load, or refreshes in the
 * background.
 */
import type { CacheCore } from '../core.ts'
import type { InternalReadOptions } from '../http-reads.ts'
import type { Tiers } from '../tiers/tiers.ts'
import { createDeadlineSignal } from './deadline-signal.ts'
import { type Failure, FailurePauses } from './failure-pauses.ts'
import {
  failureOf,
  LoadAndStore,
  type Reach,
  type Reading,
  type Settled,
  type SettledValue,
} from './load-and-store.ts'
import { LoadLimits } from './load-limits.ts'
import { lostAfterMs } from './lost-after.ts'
import { RunningLoad, RunningLoads } from './running-loads.ts'
import { type Flight, Flights, type SharedFlight, startFlight } from './single-flight.ts'
import { acceptedBy, mayReplace } from './stale-replacement.ts'

/** Result of a load for one reader. */
export type Loading = Settled & {
  /** True if another reader started the load. */
  shared: boolean
  /** The key of the value: the one that was read, or the one that `retryKey` returned. */
  key: string
}

export class LoadCoordinator {
  readonly #core: CacheCore
  readonly #tiers: Tiers
  readonly loadAndStore: LoadAndStore
  /** The loads that readers may join. */
  readonly flights: Flights<Settled>
  /** The keys whose last load failed. */
  readonly pauses: FailurePauses
  readonly running: RunningLoads
  readonly limits: LoadLimits
  /**
   * Used if `coalesce` is false: the keys that are being refreshed, each with the time (epoch ms) from which its refresh counts
   * as lost, oldest first.
   */
  readonly #refreshing = new Map<string, number>()

  constructor(core: CacheCore, tiers: Tiers) {
    this.#core = core
    this.#tiers = tiers
    this.pauses = new FailurePauses(core, {
      isLoading: (storeKey) => this.joinable(storeKey) !== undefined,
    })
    this.limits = new LoadLimits(core)
    this.loadAndStore = new LoadAndStore(core, tiers, this.pauses)
    this.running = new RunningLoads(core.name)
    this.flights = new Flights<Settled>(
      (settled) => (settled.ok ? settled.streaming : undefined),
      core.now,
      () => core.log.advance(),
    )
  }

  /** Joins the running load of the key if this reader may, otherwise starts a load. */
  load<T>(reading: Reading<T>): Promise<Loading> {
    const { storeKey, options, signal } = reading
    if (signal?.aborted) return Promise.resolve(abortedLoading(reading.key, signal)) // a reader that has left causes no load
    const replaces = options.strategy === 'invalidate'
    // A load that is not shared in this process is not shared between processes either.
    const reach: Reach = replaces ? 'replace' : options.shared === false ? 'look' : 'ask'
    if (replaces) this.#core.log.advance() // an older load must not overwrite the value of this one
    if (!this.#core.coalesce || options.shared === false) return this.#ownLoad(reading, reach, false)
    const flight = replaces ? undefined : this.joinable(storeKey)
    if (flight === undefined) return this.#ownLoad(reading, reach, true)
    return this.#join(reading, flight)
  }

  /** Calls the loader without reading or writing a tier. */
  bypass<T>(reading: Reading<T>): Promise<Loading> {
    const { key, signal } = reading
    if (signal?.aborted) return Promise.resolve(abortedLoading(key, signal))
    return this.#ownLoad(reading, 'load', false)
  }

  /** Starts a background load after a value was served, unless the key is already being loaded, or is paused after a failure. */
  refresh<T>(read: Reading<T>): void {
    const { storeKey, options } = read
    const { coalesce, now } = this.#core
    const isLoading = coalesce ? this.joinable(storeKey) !== undefined : this.#isRefreshing(storeKey)
    if (isLoading || this.#isPaused(read) || this.limits.refusal(storeKey, options) !== undefined) {
      read.skip?.()
      return
    }
    options.onRefresh?.()
    const lostAt = now() + lostAfterMs(options)
    // Set before the load starts: the load may read its own key, and that read must not start a second refresh.
    if (!coalesce) this.#refreshing.set(storeKey, lostAt)
    // The caller has its value, so the refresh ignores the caller's signal: only the deadline aborts it.
    const { signal, dispose } = createDeadlineSignal(this.#core, undefined, options.hardTimeoutMs)
    const running = coalesce ? new RunningLoad(storeKey) : undefined // the code that served the value does not wait
    const flight = this.#start({ ...read, signal }, 'renew', running, true)
    // This waiter stays until the end, so the load is not aborted when all readers that joined it have left.
    const settled = this.#pausedIfFailed(read, settledOf(flight, signal).finally(dispose))
    const ended = coalesce ? settled : this.#endOfRefresh(storeKey, lostAt, settled)
    options.waitUntil?.(ended)
  }

  /** Returns true if a refresh must not start, because the last load of the key failed. */
  #isPaused<T>({ storeKey, entry, options }: Reading<T>): boolean {
    if (entry === undefined || options.failurePauseMs === 0) return false
    return this.pauses.current(storeKey, entry) !== undefined
  }

  /** Waits for a refresh, and pauses the key if it failed: the entry that it should have replaced is still served. */
  async #pausedIfFailed<T>(read: Reading<T>, refreshed: Promise<Settled>): Promise<Settled> {
    const { storeKey, entry, options } = read
    this.pauses.startProbe(read)
    const settled = await refreshed
    const failure = failureOf(settled)
    if (failure !== undefined && entry !== undefined) {
      const { failurePauseMs } = settled.ok ? settled.options : options
      this.pauses.pause(storeKey, entry, failure, failurePauseMs)
    }
    this.pauses.endProbe(read)
    return settled
  }

  /** Waits for a joined load. Returns its value if this reader may use it, otherwise loads again. */
  async #join<T>(reading: Reading<T>, flight: SharedFlight<Settled>): Promise<Loading> {
    const { storeKey, options, key } = reading
    reading.skip?.()
    const leave = this.running.join(flight.running)
    const settled = await settledOf(flight, reading.signal)
    leave()
    const joined = { ...settled, shared: true, key }
    if (!settled.ok) return joined
    if (this.#isOutdated(reading, settled, flight.sequence) || this.#isExpiredStream(settled, options)) {
      // While the value streams, other readers could still join this load, so the load is detached.
      if (this.flights.current(storeKey) === flight) this.#abandon(storeKey)
      return this.load(reading)
    }
    // A call for many keys returned no value for this key, but the reader's own loader may return one. Other readers in the
    // same situation join this load.
    if (settled.absent && !reading.acceptsAbsence) return this.load(reading)
    if (this.loadAndStore.fits(settled, options)) return joined
    const failure = failureOf(settled)
    if (failure !== undefined && this.#isReplacedByStale(reading, settled, failure)) {
      const error = new Error(`cache ${this.#core.name}: the load that this read waited for failed`)
      return { ...settled, ok: false, error, failure, shared: true, key }
    }
    const retry = this.#retryElsewhere(reading, settled)
    if (retry !== undefined) return this.load(retry)
    const own = await this.#ownLoad(reading, 'local', false)
    return { ...own, tierFailed: settled.tierFailed || own.tierFailed }
  }

  /** Returns the running load of a key that a reader may join. */
  joinable(storeKey: string): SharedFlight<Settled> | undefined {
    const flight = this.flights.current(storeKey)
    if (flight?.isOverdue() !== true) return flight
    this.#abandon(storeKey)
    return undefined
  }

  /**
   * Detaches the load of a key. No further reader joins it, and its late value cannot overwrite one that is loaded from now on.
   */
  #abandon(storeKey: string): void {
    this.flights.detach(storeKey)
    this.#core.log.advance()
  }

  /** Returns true if the value was invalidated after its load started and before this read started. */
  #isOutdated<T>(
    { storeKey, sequence }: Reading<T>,
    { options }: SettledValue,
    loadSequence: number,
  ): boolean {
    if (sequence <= loadSequence) return false
    const target = this.#tiers.targetOf(storeKey, options) ?? storeKey
    return this.#tiers.isInvalidated([storeKey, target], options, loadSequence)
  }

  /** Returns true if this reader may get the entry of its look-up instead of loading again after the failed load. */
  #isReplacedByStale<T>(reading: Reading<T>, { options }: SettledValue, failure: Failure): boolean {
    if (options.failurePauseMs === 0 || reading.options.failurePauseMs === 0) return false
    this.#core.sync.applyPending()
    const entry = acceptedBy(reading, reading.entry)
    return entry !== undefined && mayReplace(this.#tiers, reading, entry, failure)
  }

  /** Returns true if the value, while streaming, has become older than its `ttlMs` or than this reader accepts. */
  #isExpiredStream<T>(
    { options, streaming }: SettledValue,
    { maxAgeMs = Infinity }: InternalReadOptions<T>,
  ): boolean {
    const streamingMs = streaming === undefined ? 0 : this.#core.now() - streaming.startedAt
    const { ttlMs = Infinity, ageMs = 0 } = options
    return streamingMs > 0 && Math.max(0, ageMs) + streamingMs >= Math.min(ttlMs, maxAgeMs)
  }

  /** Returns the same read with the key that `retryKey` returns. */
  #retryElsewhere<T>(reading: Reading<T>, { value, options: loaded }: SettledValue): Reading<T> | undefined {
    const { retryKey } = reading.options
    if (retryKey === undefined || loaded.share === false) return undefined
    const key = retryKey(value as T) // all readers of a key use the same value type
    const storeKey = this.#core.keys.of(reading.storeKey).toStoreKey(key)
    if (storeKey === undefined || storeKey === reading.storeKey) return undefined
    const entry = this.#tiers.memory.peek(storeKey) as Reading<T>['entry'] // all readers of a key use the same value type
    return { ...reading, key, storeKey, entry }
  }

  /** Returns true if the key is being refreshed; used if `coalesce` is false. Removes the refreshes that count as lost. */
  #isRefreshing(storeKey: string): boolean {
    for (const [key, lostAt] of this.#refreshing) {
      if (this.#core.now() < lostAt) break
      this.#refreshing.delete(key)
    }
    return this.#refreshing.has(storeKey)
  }

  async #endOfRefresh(storeKey: string, lostAt: number, refreshed: Promise<Settled>): Promise<void> {
    const settled = await refreshed
    if (settled.ok) await settled.streaming?.completed
    // A refresh that counted as lost can end while a later one runs. The record of the later one must stay.
    if (this.#refreshing.get(storeKey) === lostAt) this.#refreshing.delete(storeKey)
  }

  /** @param running the load that later readers of the key may join; `undefined` if they may not. */
  #start<T>(
    reading: Reading<T>,
    reach: Reach,
    running: RunningLoad | undefined,
    background = false,
  ): Flight<Settled> {
    this.#core.sync.applyPending() // pending invalidations are older than this load, so they need lower numbers
    const { sequence } = this.#core.log
    const run = (signal: AbortSignal) =>
      this.loadAndStore.run(reading, { signal, background }, reach, sequence)
    const { storeKey, options } = reading
    const limit = this.limits.limitOf(storeKey, options)
    if (running === undefined) return startFlight(sequence, run, undefined, limit)
    const runAsLoad = (signal: AbortSignal) => this.running.run([running], run, signal)
    return this.flights.start(storeKey, sequence, runAsLoad, running, {
      overdueMs: lostAfterMs(options),
      limit,
    })
  }

  async #ownLoad<T>(reading: Reading<T>, reach: Reach, isShared: boolean): Promise<Loading> {
    const refusal = this.limits.refusal(reading.storeKey, reading.options)
    if (refusal !== undefined) {
      reading.skip?.()
      return { ...refusal, shared: false, key: reading.key }
    }
    const loads = this.running.current()
    const running = isShared ? new RunningLoad(reading.storeKey, loads) : undefined
    const settled = await settledOf(this.#start(reading, reach, running), reading.signal)
    running?.removeWaiters(loads)
    return { ...settled, shared: false, key: reading.key }
  }
}

function abortedLoading(key: string, { reason: error }: AbortSignal): Loading {
  return { ok: false, error, tierFailed: false, called: false, shared: false, key }
}

/** Waits for the result of a load. If the reader's signal aborts first, the result is an error with the signal's reason. */
function settledOf(flight: Flight<Settled>, signal: AbortSignal | undefined): Promise<Settled> {
  return flight
    .wait(signal)
    .catch((error: unknown) => ({ ok: false, error, tierFailed: false, called: false }))
}
