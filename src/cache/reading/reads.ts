/** Reads of one cache: served from memory synchronously, otherwise by the remote tier or a load. Each is counted once, here. */
import { anArray, requireValid, validateOptions } from '../../options.ts'
import { type Audit, mayAudit } from '../audit/audit.ts'
import type { Cache } from '../cache.ts'
import type { CacheCore } from '../core.ts'
import type { About } from '../events.ts'
import { shouldRefreshEarly, useOf } from '../freshness.ts'
import type { Found, InternalLoad, InternalReadOptions, ReadResult } from '../http-reads.ts'
import { callLoader, callLoaderOfMany, loadOneOf } from '../loading/call-loader.ts'
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
import type { Lookups } from './lookups.ts'
import { PlainReads } from './plain-reads.ts'
import type { ReadCounter } from './read-counter.ts'
import { readManyWith } from './read-many.ts'
import { type Ending, failedWith, readOfEntry, servedFrom } from './read-result.ts'
import { MissResolver } from './resolve-miss.ts'

/** Returns the member of a call for many keys. `background` is true for the refresh of a value that was served. */
type MemberFactory = (background: boolean) => Pick<Reading<unknown>, 'call' | 'skip' | 'acceptsAbsence'>

export class Reads implements Pick<Cache, 'get' | 'getMany' | 'read' | 'readMany' | 'pass'> {
  readonly #core: CacheCore
  readonly #loads: LoadCoordinator
  /** Audits hits; `undefined` if none are audited. */
  readonly #audit: Audit | undefined
  readonly #misses: MissResolver
  readonly #lookups: Lookups
  readonly #counter: ReadCounter
  readonly #plainReads: PlainReads

  constructor(
    core: CacheCore,
    tiers: Tiers,
    loads: LoadCoordinator,
    lookups: Lookups,
    counter: ReadCounter,
    audit?: Audit,
  ) {
    this.#core = core
    this.#loads = loads
    this.#audit = audit
    this.#misses = new MissResolver(core, tiers, loads, audit)
    this.#lookups = lookups
    this.#counter = counter
    const endingOf = this.#misses.endingOf.bind(this.#misses)
    this.#plainReads = new PlainReads(core, tiers, loads, counter, endingOf)
  }

  /** Not `async`: the promise of a hit is resolved from the start, and that of a load is the load's own. */
  read<T>(key: string, load: Load<T>, given?: ReadOptions<T>): Promise<Read<T>> {
    try {
      const options = resolveReadOptions('cache.read', given, this.#core.readDefaults)
      const found = this.#look<T>(key, options)
      const read = this.#serveFromMemory(found, options, load)
      if (read !== undefined) return Promise.resolve(read)
      const plain = this.#plainReads.of(found, load, options, found.startedAt)
      return plain === undefined ? this.#readBeyondMemory(found, options, load) : plain.read()
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async #readBeyondMemory<T>(
    found: Found<T>,
    options: InternalReadOptions<T>,
    load: InternalLoad<T>,
  ): Promise<Read<T>> {
    const ending = await this.#beyondMemory(this.#readingOf(found, options, load))
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
    const load = this.#audit === undefined ? noLoad : loadOneOf(this.#core.name, loadMany) // for audits only
    return readManyWith(
      Array.from(new Set(keys), (key) => this.#look<T>(key, options)),
      (missing, context) => callLoaderOfMany(this.#core, missing, loadMany, options, context),
      this.#loads.running,
      (found, member) => this.#complete(found, options, load, member),
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
    const found = this.#lookups.find<T>(key)
    const fresh: InternalReadOptions<T> = { ...options, strategy: 'fresh' }
    const completed = this.#complete(found, fresh, noLoad)
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
      this.#counter.count('bypass', undefined, timer() - startedAt, about)
    }
  }

  complete<T, Report>(
    found: Found<T>,
    load: InternalLoad<T>,
    options: InternalReadOptions<T>,
  ): Promise<ReadResult<T, Report>> {
    const ending = this.#complete(found, options, load)
    // The caller's own load returns the report, so its type is Report.
    return Promise.resolve(ending) as Promise<ReadResult<T, Report>>
  }

  /**
   * Completes a read after its look-up, and counts it. Synchronous if memory has a usable value. Never rejects.
   *
   * @param member given for a key of many; then only an audit calls `load`.
   */
  #complete<T>(
    found: Found<T>,
    options: InternalReadOptions<T>,
    load: InternalLoad<T>,
    member?: MemberFactory,
  ): Ending<T> | Promise<Ending<T>> {
    try {
      const read = this.#serveFromMemory(found, options, load, member)
      if (read !== undefined) return servedFrom(found.key, read)
    } catch (error) {
      return failedWith(found.key, error)
    }
    if (member === undefined) {
      this.#core.sync.applyPending() // a load that another thread has invalidated must not be joined
      const plain = this.#plainReads.of(found, load, options, this.#core.clock.precise())
      if (plain !== undefined) return plain.complete()
    }
    return this.#beyondMemory(this.#readingOf(found, options, load, member?.(false)))
  }

  /** Returns the value in memory if it may be served, and counts the read. @throws the error of a callback, which is counted too. */
  #serveFromMemory<T>(
    found: Found<T>,
    options: InternalReadOptions<T>,
    load: InternalLoad<T>,
    member?: MemberFactory,
  ): Read<T> | undefined {
    const { about } = options
    try {
      const read = this.#fromMemory(found, options, load, member)
      if (read !== undefined) this.#counter.countFromMemory(read.outcome, found.startedAt, about)
      return read
    } catch (error) {
      this.#counter.count('error', undefined, 0, about)
      throw error
    }
  }

  /** Returns the value in memory if it may be served, and starts a background refresh if one is due. */
  #fromMemory<T>(
    found: Found<T>,
    options: InternalReadOptions<T>,
    load: InternalLoad<T>,
    member?: MemberFactory,
  ): Read<T> | undefined {
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
      this.#loads.refresh(this.#readingOf(found, options, load, member?.(true)))
    }
    const audit = this.#audit
    if (audit !== undefined && use === 'hit' && !isEarly && mayAudit(options) && audit.isDue()) {
      audit.start({ ...found, entry, load, options })
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
    this.#counter.count(outcome, tier, timer() - startedAt, reading.options.about)
    return ending
  }

  #readingOf<T>(
    found: Found<T>,
    options: InternalReadOptions<T>,
    load: InternalLoad<T>,
    member: ReturnType<MemberFactory> = this.#callOf(found, load, options),
  ): Reading<T> {
    return { ...found, ...member, load, sequence: this.#core.log.sequence, options, signal: options.signal }
  }

  #callOf<T>(
    { storeKey }: Found<T>,
    load: InternalLoad<T>,
    options: InternalReadOptions<T>,
  ): ReturnType<MemberFactory> {
    return {
      call: (context) => callLoader(this.#core, storeKey, load, options, context),
      acceptsAbsence: false,
    }
  }

  /** As `find`, but skips the look-up if the strategy ignores memory. */
  #look<T>(key: string, { strategy }: InternalReadOptions<T>): Found<T> {
    return readsMemory(strategy) ? this.#lookups.find(key) : this.#lookups.skipLookup(key)
  }
}

/** The load of a read with the strategy `fresh`, which never calls it. */
function noLoad(): never {
  throw new Error('not called')
}

function readsMemory(strategy: Strategy | undefined): boolean {
  return strategy !== 'bypass' && strategy !== 'invalidate'
}
