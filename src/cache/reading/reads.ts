/** Reads of one cache: served from memory synchronously, otherwise by the remote tier or a load. Each is counted once, here. */
import type { Entry } from '../../stores/entry.ts'
import type { Cache } from '../cache.ts'
import type { CacheCore } from '../core.ts'
import type { About, Outcome, Tier } from '../events.ts'
import { shouldRefreshEarly, useOf } from '../freshness.ts'
import type { Found, HttpReads, InternalLoad, InternalReadOptions, ReadResult } from '../http-reads.ts'
import { LoaderCalls } from '../loading/call-loader.ts'
import type { Reading } from '../loading/load-and-store.ts'
import { LoadCoordinator } from '../loading/load-coordinator.ts'
import { type Load, type LoadMany, type Read, type ReadOptions, validateReadOptions } from '../read.ts'
import type { Tiers } from '../tiers/tiers.ts'
import { withinDeadlines } from './deadlines.ts'
import { readManyWith } from './read-many.ts'
import { type Ending, readOfEntry, servedFrom } from './read-result.ts'
import { MissResolver } from './resolve-miss.ts'

/** Makes the reading of a read that memory cannot answer alone; `background`: a refresh behind a served value. */
type ReadingFactory<T> = (background: boolean) => Reading<T>

export class Reads
  implements HttpReads, Pick<Cache, 'lookup' | 'read' | 'readMany' | 'pass' | 'peek' | 'has'>
{
  readonly #core: CacheCore
  readonly #tiers: Tiers
  readonly #loads: LoadCoordinator
  readonly #calls: LoaderCalls
  readonly #misses: MissResolver

  constructor(core: CacheCore, tiers: Tiers) {
    this.#core = core
    this.#tiers = tiers
    this.#loads = new LoadCoordinator(core, tiers)
    this.#calls = new LoaderCalls(core)
    this.#misses = new MissResolver(core, tiers, this.#loads)
  }

  /** Detaches readers from loads that an invalidation has outdated. */
  get loads(): Pick<LoadCoordinator, 'detach' | 'detachAll'> {
    return this.#loads
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
    const startedAtSequence = this.#core.log.sequence
    return readManyWith({
      found,
      callMany: (missing, context) => this.#calls.many(missing, loadMany, options, context),
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
    const startedAt = this.#core.timer()
    try {
      return await work()
    } finally {
      this.#count('bypass', undefined, startedAt, about)
    }
  }

  peek<T>(key: string): Read<T> | undefined {
    this.#core.sync.applyPending()
    const storeKey = this.#core.storeKeyOf(key)
    const isUsable = this.#core.enabled && this.#core.sync.isCurrent
    const entry = isUsable ? (this.#tiers.peek(storeKey) as Entry<T> | undefined) : undefined // as in find()
    if (entry === undefined) return undefined
    const now = this.#core.clock.now()
    return readOfEntry(entry, entry.freshUntil > now ? 'hit' : 'stale', now)
  }

  has(key: string): boolean {
    return (this.peek(key)?.expiresInMs ?? 0) > 0
  }

  find<T>(key: string): Found<T> {
    const startedAt = this.#core.clock.precise()
    this.#core.sync.applyPending()
    const storeKey = this.#core.storeKeyOf(key)
    const isUsable = this.#core.enabled && this.#core.sync.isCurrent
    const entry = isUsable ? (this.#tiers.find(storeKey) as Entry<T> | undefined) : undefined // all readers agree on the type
    return { key, storeKey, entry, startedAt }
  }

  hit<T>({ entry, startedAt }: Found<T>, accept?: (value: T) => boolean, about?: About): Read<T> | undefined {
    const now = this.#core.clock.whole(startedAt)
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
      this.#count('error', undefined, this.#core.timer(), options.about)
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
    const now = this.#core.clock.whole(startedAt)
    const use = useOf(entry, options, now)
    if (use === 'load') return undefined
    const { earlyRefresh, random } = this.#core
    const isEarly =
      use === 'hit' && shouldRefreshEarly(entry, options.earlyRefresh ?? earlyRefresh, random, now)
    if ((use === 'refresh' || isEarly) && strategy !== 'fresh') this.#loads.refresh(readingFor(true))
    return readOfEntry(entry, use === 'hit' ? 'hit' : 'stale', now)
  }

  /** Counts the read when it settles. */
  async #beyondMemory<T>(reading: Reading<T>): Promise<Ending<T>> {
    const { name, schedule, timer } = this.#core
    const startedAt = timer()
    const renewed = this.#core.sync.renew()
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
    const startedAtSequence = this.#core.log.sequence
    return () => ({
      ...this.#baseReading(found, options),
      call: (context) => this.#calls.one(found.storeKey, load, options, context),
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
    const startedAt = this.#core.clock.precise()
    this.#core.sync.applyPending()
    return { key, storeKey: this.#core.storeKeyOf(key), entry: undefined, startedAt }
  }

  #count(outcome: Outcome, tier: Tier | undefined, startedAt: number, about?: About): void {
    const durationMs = this.#core.timer() - startedAt
    this.#core.emit({ type: 'read', cache: this.#core.name, outcome, tier, durationMs, ...about })
  }

  /** Uses the one clock that the read has asked already. */
  #countFromMemory(outcome: Outcome, startedAt: number, about?: About): void {
    const cache = this.#core.name
    const durationMs = Math.max(0, this.#core.clock.precise() - startedAt) // a clock may be set back
    if (about === undefined) this.#core.emit({ type: 'read', cache, outcome, tier: 'memory', durationMs })
    else {
      const { method, route } = about // copied by name, because a spread would cost more than the rest
      this.#core.emit({ type: 'read', cache, outcome, tier: 'memory', durationMs, method, route })
    }
  }
}
