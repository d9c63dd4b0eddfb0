/** Reads of one cache: served from memory synchronously, otherwise by the remote tier or a load. Each is counted once, here. */
import type { Entry } from '../../stores/entry.ts'
import type { Cache } from '../cache.ts'
import type { Clock } from '../clock.ts'
import type { About, CacheEvent, Outcome, Tier } from '../events.ts'
import { shouldRefreshEarly, useOf } from '../freshness.ts'
import type { Found, HttpReads, InternalLoad, InternalReadOptions, ReadResult } from '../http-reads.ts'
import type { InvalidationLog } from '../invalidation/invalidation-log.ts'
import type { InvalidationSync } from '../invalidation/invalidation-sync.ts'
import type { LoaderCalls } from '../loading/call-loader.ts'
import type { Reading } from '../loading/load-and-store.ts'
import type { LoadCoordinator } from '../loading/load-coordinator.ts'
import { type Load, type LoadMany, type Read, type ReadOptions, validateReadOptions } from '../read.ts'
import type { Schedule } from '../schedule.ts'
import type { Tiers } from '../tiers/tiers.ts'
import { withinDeadlines } from './deadlines.ts'
import { readManyWith } from './read-many.ts'
import { type Ending, readOfEntry, servedFrom } from './read-result.ts'
import { MissResolver } from './resolve-miss.ts'

export interface ReadsOptions {
  /** The cache's name, for the events. */
  name: string
  /** False: every read is a bypass. */
  enabled: boolean
  tiers: Tiers
  loads: LoadCoordinator
  calls: LoaderCalls
  log: InvalidationLog
  sync: InvalidationSync
  /** Adds the namespace to a key. @throws {TypeError} when the key cannot be used. */
  storeKeyOf: (key: string) => string
  clock: Clock
  /** Monotonic ms. */
  timer: () => number
  schedule: Schedule
  /** Eagerness of early refreshes, for reads that do not set it. */
  earlyRefresh: number
  /** Returns a number from 0 to below 1. */
  random: () => number
  emit: (event: CacheEvent) => void
}

/** Makes the reading of a read that memory cannot answer alone; `background`: a refresh behind a served value. */
type ReadingFactory<T> = (background: boolean) => Reading<T>

export class Reads
  implements HttpReads, Pick<Cache, 'lookup' | 'read' | 'readMany' | 'pass' | 'peek' | 'has'>
{
  readonly #options: ReadsOptions
  readonly #misses: MissResolver
  // Own fields, because a hit uses them: each look into `#options` would cost a nanosecond.
  readonly #clock: Clock
  readonly #sync: InvalidationSync
  readonly #tiers: Tiers
  readonly #emit: (event: CacheEvent) => void

  constructor(options: ReadsOptions) {
    const { enabled, tiers, loads, sync, clock, emit } = options
    this.#options = options
    this.#misses = new MissResolver({
      enabled,
      tiers,
      loads,
      applyPending: sync.applyPending,
      now: clock.now,
    })
    this.#clock = clock
    this.#sync = sync
    this.#tiers = tiers
    this.#emit = emit
  }

  lookup<T>(key: string): Read<T> | undefined {
    return this.hit(this.find<T>(key))
  }

  async read<T>(key: string, load: Load<T>, options: ReadOptions<T> = {}): Promise<Read<T>> {
    validateReadOptions('cache.read', options)
    const found = this.#look<T>(key, options)
    const completed = this.#complete(found, options, this.#readingFor(found, load, options))
    const ending = completed instanceof Promise ? await completed : completed
    if (!ending.ok) throw ending.error
    return ending.read
  }

  async readMany<T>(
    keys: readonly string[],
    loadMany: LoadMany<T>,
    options: ReadOptions<T> = {},
  ): Promise<Map<string, Read<T | undefined>>> {
    validateReadOptions('cache.readMany', options)
    const found = Array.from(new Set(keys), (key) => this.#look<T>(key, options))
    const startedAtSequence = this.#options.log.sequence
    return readManyWith({
      found,
      callMany: (missing, context) => this.#options.calls.many(missing, loadMany, options, context),
      complete: (one, membership) =>
        this.#complete(one, options, (background) => ({
          ...this.#baseReading(one, options),
          ...membership(background),
          startedAtSequence,
          acceptsAbsence: true,
        })),
    })
  }

  async pass<T>(work: () => Promise<T>, about?: About): Promise<T> {
    const startedAt = this.#options.timer()
    try {
      return await work()
    } finally {
      this.#count('bypass', undefined, startedAt, about)
    }
  }

  peek<T>(key: string): Read<T> | undefined {
    this.#sync.applyPending()
    const storeKey = this.#options.storeKeyOf(key)
    const isUsable = this.#options.enabled && this.#sync.isCurrent
    const entry = isUsable ? (this.#tiers.peek(storeKey) as Entry<T> | undefined) : undefined // as in find()
    if (entry === undefined) return undefined
    const now = this.#clock.now()
    return readOfEntry(entry, entry.freshUntil > now ? 'hit' : 'stale', now)
  }

  has(key: string): boolean {
    return (this.peek(key)?.expiresInMs ?? 0) > 0
  }

  find<T>(key: string): Found<T> {
    const startedAt = this.#clock.precise()
    this.#sync.applyPending()
    const storeKey = this.#options.storeKeyOf(key)
    const isUsable = this.#options.enabled && this.#sync.isCurrent
    const entry = isUsable ? (this.#tiers.find(storeKey) as Entry<T> | undefined) : undefined // all readers agree on the type
    return { key, storeKey, entry, startedAt }
  }

  hit<T>({ entry, startedAt }: Found<T>, accept?: (value: T) => boolean, about?: About): Read<T> | undefined {
    const now = this.#clock.whole(startedAt)
    if (entry === undefined || entry.freshUntil <= now) return undefined
    if (accept !== undefined && !accept(entry.value)) return undefined
    const read = readOfEntry(entry, 'hit', now)
    this.#countFromMemory('hit', startedAt, about)
    return read
  }

  async complete<T, Report>(
    found: Found<T>,
    load: InternalLoad<T>,
    options: InternalReadOptions<T>,
  ): Promise<ReadResult<T, Report>> {
    const ending = await this.#complete(found, options, this.#readingFor(found, load, options))
    return ending as ReadResult<T, Report> // the load that the caller passed makes the report
  }

  /** A read from its look-up to its count: synchronous where memory can answer. */
  #complete<T>(
    found: Found<T>,
    options: InternalReadOptions<T>,
    readingFor: ReadingFactory<T>,
  ): Ending<T> | Promise<Ending<T>> {
    let read: Read<T> | undefined
    try {
      read = this.#fromMemory(found, options, readingFor)
    } catch (error) {
      // The reader's own `accept` or `waitUntil`.
      this.#count('error', undefined, this.#options.timer(), options.about)
      return { ...servedFrom(found.key), ok: false, error, outcome: 'error' }
    }
    if (read === undefined) return this.#beyondMemory(readingFor(false))
    this.#countFromMemory(read.outcome, found.startedAt, options.about)
    return { ...servedFrom(found.key), ok: true, read }
  }

  /** The value in memory, if it may be served; starts a background refresh where that is due. */
  #fromMemory<T>(
    { entry, startedAt }: Found<T>,
    options: InternalReadOptions<T>,
    readingFor: ReadingFactory<T>,
  ): Read<T> | undefined {
    const { strategy = 'refresh', accept } = options
    if (entry === undefined || strategy === 'bypass' || strategy === 'invalidate') return undefined
    if (accept !== undefined && !accept(entry.value)) return undefined
    const now = this.#clock.whole(startedAt)
    const use = useOf(entry, options, now)
    if (use === 'load') return undefined
    const { earlyRefresh, random, loads } = this.#options
    const isEarly =
      use === 'hit' && shouldRefreshEarly(entry, options.earlyRefresh ?? earlyRefresh, random, now)
    if ((use === 'refresh' || isEarly) && strategy !== 'fresh') loads.refresh(readingFor(true))
    return readOfEntry(entry, use === 'hit' ? 'hit' : 'stale', now)
  }

  /** Counts the read when it settles. */
  async #beyondMemory<T>(reading: Reading<T>): Promise<Ending<T>> {
    const { name, schedule, timer } = this.#options
    const startedAt = timer()
    const renewed = this.#sync.renew()
    let ending: Ending<T>
    try {
      ending = await withinDeadlines<T, Ending<T>>({
        name,
        schedule,
        reading,
        resolve: (current) => this.#misses.resolve(current),
        serveStale: (current) => this.#misses.serveStale(current),
      })
    } catch (error) {
      // The reader's own `accept` or `waitUntil`.
      ending = { ...servedFrom(reading.key), ok: false, error, outcome: 'error' }
    } finally {
      reading.skip()
    }
    if (renewed !== undefined) await renewed
    const outcome = ending.ok ? ending.read.outcome : ending.outcome
    this.#count(outcome, ending.ok ? ending.read.tier : undefined, startedAt, reading.options.about)
    return ending
  }

  #readingFor<T>(found: Found<T>, load: InternalLoad<T>, options: InternalReadOptions<T>): ReadingFactory<T> {
    const startedAtSequence = this.#options.log.sequence
    return () => ({
      ...this.#baseReading(found, options),
      call: (context) => this.#options.calls.one(found.storeKey, load, options, context),
      skip() {},
      startedAtSequence,
      acceptsAbsence: false,
    })
  }

  #baseReading<T>({ key, storeKey, entry }: Found<T>, options: InternalReadOptions<T>) {
    return { key, storeKey, found: entry, options, signal: options.signal }
  }

  /** As `find`, but without a look-up for strategies that ignore memory. */
  #look<T>(key: string, { strategy = 'refresh' }: ReadOptions<T>): Found<T> {
    return strategy === 'refresh' || strategy === 'fresh' ? this.find(key) : this.skipLookup(key)
  }

  skipLookup<T>(key: string): Found<T> {
    const startedAt = this.#clock.precise()
    this.#sync.applyPending()
    return { key, storeKey: this.#options.storeKeyOf(key), entry: undefined, startedAt }
  }

  #count(outcome: Outcome, tier: Tier | undefined, startedAt: number, about?: About): void {
    const durationMs = this.#options.timer() - startedAt
    this.#emit({ type: 'read', cache: this.#options.name, outcome, tier, durationMs, ...about })
  }

  /** Uses the one clock that the read has asked already. */
  #countFromMemory(outcome: Outcome, startedAt: number, about?: About): void {
    const cache = this.#options.name
    const durationMs = Math.max(0, this.#clock.precise() - startedAt) // a clock may be set back
    if (about === undefined) this.#emit({ type: 'read', cache, outcome, tier: 'memory', durationMs })
    else {
      const { method, route } = about // copied by name, because a spread would cost more than the rest
      this.#emit({ type: 'read', cache, outcome, tier: 'memory', durationMs, method, route })
    }
  }
}
