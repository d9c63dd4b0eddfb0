/** Reads of one cache: served from memory synchronously, otherwise by the remote tier or a load. Each is counted once, here. */
import { anArray, requireValid, validateOptions } from '../../options.ts'
import { deadFrom, type Entry } from '../../stores/entry.ts'
import type { ReadCounts } from '../../stores/store.ts'
import type { Cache } from '../cache.ts'
import type { CacheCore } from '../core.ts'
import type { About, Outcome, Tier } from '../events.ts'
import { shouldRefreshEarly, useOf } from '../freshness.ts'
import type { Found, InternalLoad, InternalReadOptions, ReadResult } from '../http-reads.ts'
import type { KeySpace } from '../key-spaces.ts'
import { callLoader, callLoaderOfMany } from '../loading/call-loader.ts'
import type { Reading } from '../loading/load-and-store.ts'
import type { LoadCoordinator } from '../loading/load-coordinator.ts'
import {
  type GetOptions,
  getRules,
  type Load,
  type LoadMany,
  type Read,
  type ReadOptions,
  resolveReadOptions,
  type Strategy,
} from '../read.ts'
import type { Tiers } from '../tiers/tiers.ts'
import { withinDeadlines } from './deadlines.ts'
import { readManyWith } from './read-many.ts'
import { type Ending, failedWith, readOfEntry, servedFrom } from './read-result.ts'
import { MissResolver } from './resolve-miss.ts'

/**
 * Creates the functions with which a read calls its loader. `background` is true for the refresh of a value that was served.
 */
type CallFactory = (background: boolean) => Pick<Reading<unknown>, 'call' | 'skip' | 'acceptsAbsence'>

export class Reads
  implements
    Pick<Cache, 'lookup' | 'get' | 'getMany' | 'read' | 'readMany' | 'pass' | 'peek' | 'has' | 'keys'>
{
  readonly #core: CacheCore
  readonly #tiers: Tiers
  readonly #loads: LoadCoordinator
  readonly #misses: MissResolver

  /** Reads since the last call of `takeCounts`. */
  #reads = 0
  #hits = 0

  constructor(core: CacheCore, tiers: Tiers, loads: LoadCoordinator) {
    this.#core = core
    this.#tiers = tiers
    this.#loads = loads
    this.#misses = new MissResolver(core, tiers, loads)
  }

  /** Returns the numbers of reads since the last call. */
  takeCounts(): ReadCounts {
    const counts = { reads: this.#reads, hits: this.#hits }
    this.#reads = 0
    this.#hits = 0
    return counts
  }

  lookup<T>(key: string): Read<T> | undefined {
    return this.hit(this.find<T>(key))
  }

  async read<T>(key: string, load: Load<T>, given?: ReadOptions<T>): Promise<Read<T>> {
    const options = resolveReadOptions('cache.read', given, this.#core.readDefaults)
    const found = this.#look<T>(key, options)
    const completed = this.#complete(found, options, this.#callOf(found, load, options))
    const ending = completed instanceof Promise ? await completed : completed
    if (!ending.ok) throw ending.error
    return ending.read
  }

  async readMany<T>(
    keys: readonly string[],
    loadMany: LoadMany<T>,
    given?: ReadOptions<T>,
  ): Promise<Map<string, Read<T | undefined>>> {
    requireValid('cache.readMany: keys', keys, anArray)
    const options = resolveReadOptions('cache.readMany', given, this.#core.readDefaults)
    return readManyWith(
      Array.from(new Set(keys), (key) => this.#look<T>(key, options)),
      (missing, context) => callLoaderOfMany(this.#core, missing, loadMany, options, context),
      this.#loads.running,
      (found, callOf) => this.#complete(found, options, callOf),
    )
  }

  async get<T>(key: string, options?: GetOptions<T>): Promise<T | undefined> {
    validateOptions('cache.get', options as GetOptions | undefined, getRules) // the rules are the same for any T
    return this.#get(key, options)
  }

  async getMany<T>(keys: readonly string[], options?: GetOptions<T>): Promise<(T | undefined)[]> {
    requireValid('cache.getMany: keys', keys, anArray)
    validateOptions('cache.getMany', options as GetOptions | undefined, getRules)
    const values = new Map(Array.from(new Set(keys), (key) => [key, this.#get(key, options)]))
    return Promise.all(keys.map((key) => values.get(key)))
  }

  /** Reads a key without a load. */
  async #get<T>(key: string, options: GetOptions<T> | undefined): Promise<T | undefined> {
    const found = this.find<T>(key)
    const fresh: InternalReadOptions<T> = { ...options, strategy: 'fresh' }
    const completed = this.#complete(found, fresh, this.#callOf(found, noLoad, fresh))
    const ending = completed instanceof Promise ? await completed : completed
    if (!ending.ok) throw ending.error
    return ending.read.value
  }

  async pass<T>(work: () => Promise<T>, about?: About): Promise<T> {
    const { timer } = this.#core
    const startedAt = timer()
    try {
      return await work()
    } finally {
      this.#count('bypass', undefined, timer() - startedAt, about)
    }
  }

  peek<T>(key: string): Read<T> | undefined {
    const storeKey = this.#storeKeyOf(key, this.#core.keys.data)
    // All readers of a key use the same value type.
    const entry = this.#mayUseMemory()
      ? (this.#tiers.memory.peek(storeKey) as Entry<T> | undefined)
      : undefined
    if (entry === undefined) return undefined
    const now = this.#core.now()
    return readOfEntry(entry, entry.freshUntil > now ? 'hit' : 'stale', 'memory', now)
  }

  has(key: string): boolean {
    return (this.peek(key)?.expiresInMs ?? 0) > 0
  }

  *keys(): Generator<string, void> {
    const { memory, prefix, keys, now, sync } = this.#core
    for (const storeKey of memory?.keys?.(prefix) ?? []) {
      sync.applyPending()
      const key = keys.data.keyOf(storeKey)
      const entry = this.#mayUseMemory() ? this.#tiers.memory.peek(storeKey) : undefined
      if (key !== undefined && entry !== undefined && deadFrom(entry) > now()) yield key
    }
  }

  find<T>(key: string, keys = this.#core.keys.data): Found<T> {
    const startedAt = this.#core.clock.precise()
    const storeKey = this.#storeKeyOf(key, keys)
    // All readers of a key use the same value type.
    const entry = this.#mayUseMemory()
      ? (this.#tiers.memory.find(storeKey) as Entry<T> | undefined)
      : undefined
    return { key, storeKey, entry, startedAt }
  }

  skipLookup<T>(key: string, keys = this.#core.keys.data): Found<T> {
    const startedAt = this.#core.clock.precise()
    return { key, storeKey: this.#storeKeyOf(key, keys), entry: undefined, startedAt }
  }

  hit<T>(
    found: Found<T>,
    accept?: (value: T) => boolean,
    about?: About,
    durationMs?: number,
  ): Read<T> | undefined {
    const { entry, startedAt } = found
    const now = this.#core.clock.whole(startedAt)
    if (entry === undefined || entry.freshUntil <= now) return undefined
    if (accept !== undefined && !accept(entry.value)) return undefined
    const read = readOfEntry(entry, 'hit', 'memory', now)
    this.#count('hit', 'memory', durationMs ?? this.elapsedMs(found), about)
    return read
  }

  /** Measured with the clock that the look-up has already read, because a second clock would cost time. */
  elapsedMs({ startedAt }: Found): number {
    return Math.max(0, this.#core.clock.precise() - startedAt) // negative if the clock was set back
  }

  async complete<T, Report>(
    found: Found<T>,
    load: InternalLoad<T>,
    options: InternalReadOptions<T>,
  ): Promise<ReadResult<T, Report>> {
    const ending = await this.#complete(found, options, this.#callOf(found, load, options))
    return ending as ReadResult<T, Report> // the caller's own load returns the report, so its type is Report
  }

  /** Completes a read after its look-up, and counts it. Synchronous if memory has a usable value. */
  #complete<T>(
    found: Found<T>,
    options: InternalReadOptions<T>,
    callOf: CallFactory,
  ): Ending<T> | Promise<Ending<T>> {
    const { key } = found
    let read: Read<T> | undefined
    try {
      read = this.#fromMemory(found, options, callOf)
    } catch (error) {
      this.#count('error', undefined, 0, options.about)
      return failedWith(key, error)
    }
    if (read === undefined) return this.#beyondMemory(this.#readingOf(found, options, callOf(false)))
    this.#count(read.outcome, 'memory', this.elapsedMs(found), options.about)
    return servedFrom(key, read)
  }

  /** Returns the value in memory if it may be served, and starts a background refresh if one is due. */
  #fromMemory<T>(found: Found<T>, options: InternalReadOptions<T>, callOf: CallFactory): Read<T> | undefined {
    const { entry, startedAt } = found
    const { strategy, accept } = options
    if (entry === undefined || !readsMemory(strategy)) return undefined
    if (accept !== undefined && !accept(entry.value)) return undefined
    const now = this.#core.clock.whole(startedAt)
    const use = useOf(entry, options, now)
    if (use === 'load') return undefined
    const beta = options.earlyRefresh ?? this.#core.earlyRefresh
    const isEarly = use === 'hit' && shouldRefreshEarly(entry, beta, this.#core.random, now)
    if ((use === 'refresh' || isEarly) && strategy !== 'fresh') {
      this.#loads.refresh(this.#readingOf(found, options, callOf(true)))
    }
    return readOfEntry(entry, use === 'hit' ? 'hit' : 'stale', 'memory', now)
  }

  /** Completes a read that memory could not answer, and counts it. */
  async #beyondMemory<T>(reading: Reading<T>): Promise<Ending<T>> {
    const { sync, timer } = this.#core
    const startedAt = timer()
    const renewed = sync.isCurrent ? undefined : sync.renew()
    let ending: Ending<T>
    try {
      ending = await withinDeadlines(this.#core, this.#misses, reading)
    } catch (error) {
      ending = failedWith(reading.key, error)
    } finally {
      reading.skip?.()
    }
    if (renewed !== undefined) await renewed
    const { outcome, tier } = ending.ok ? ending.read : { outcome: ending.outcome, tier: undefined }
    this.#count(outcome, tier, timer() - startedAt, reading.options.about)
    return ending
  }

  #readingOf<T>(found: Found<T>, options: InternalReadOptions<T>, call: ReturnType<CallFactory>): Reading<T> {
    return { ...found, ...call, sequence: this.#core.log.sequence, options, signal: options.signal }
  }

  #callOf<T>({ storeKey }: Found<T>, load: InternalLoad<T>, options: InternalReadOptions<T>): CallFactory {
    return () => ({
      call: (context) => callLoader(this.#core, storeKey, load, options, context),
      acceptsAbsence: false,
    })
  }

  /** As `find`, but skips the look-up if the strategy ignores memory. */
  #look<T>(key: string, { strategy }: InternalReadOptions<T>): Found<T> {
    return readsMemory(strategy) ? this.find(key) : this.skipLookup(key)
  }

  #storeKeyOf(key: string, { storeKeyOf }: KeySpace): string {
    this.#core.sync.applyPending()
    return storeKeyOf(key)
  }

  /** True unless the cache is disabled or an invalidation is missing. */
  #mayUseMemory(): boolean {
    return this.#core.enabled && this.#core.sync.isCurrent
  }

  #count(outcome: Outcome, tier: Tier | undefined, durationMs: number, about?: About): void {
    const { name: cache, emit } = this.#core
    if (outcome !== 'bypass') this.#reads++
    if (tier === 'memory') this.#hits++
    if (about === undefined) emit({ type: 'read', cache, outcome, tier, durationMs })
    else {
      const { method, route } = about // copied by name, because a spread would cost more than the rest
      emit({ type: 'read', cache, outcome, tier, durationMs, method, route })
    }
  }
}

/** The load of a read with the strategy `fresh`, which never calls it. */
function noLoad(): never {
  throw new Error('not called')
}

function readsMemory(strategy: Strategy | undefined): boolean {
  return strategy !== 'bypass' && strategy !== 'invalidate'
}
