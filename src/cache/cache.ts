/** The read-through engine: memory, then the remote tier, then one load per key at a time; nothing old after a write. */
import type { Entry } from '../stores/entry.ts'
import type { MemoryStore, RemoteStore, StoreStats } from '../stores/store.ts'
import { type CallMany, createBatch } from './batch.ts'
import { createCalls } from './calls.ts'
import { createClock } from './clock.ts'
import type { Codec } from './codec.ts'
import { inTime } from './deadlines.ts'
import { createEntity, type Entity, type EntityId, type EntityKey, type EntityOptions } from './entity.ts'
import type { About, CacheEvent, CacheListener, Outcome, Tier, Warning } from './events.ts'
import { endsSoon, howToUse } from './freshness.ts'
import { createInvalidations } from './invalidations.ts'
import type { Lifetime } from './lifetime.ts'
import { type Answered, createLoads, type Reading, type Settled } from './loads.ts'
import type { Mark } from './marks.ts'
import type { Load, LoadMany, Read, ReadOptions } from './read.ts'
import { createRemoteTier } from './remote-tier.ts'
import { byTimers, type Schedule } from './schedule.ts'
import type { Siblings } from './siblings.ts'
import { createTiers } from './tiers.ts'

export { DeadlineError } from './patience.ts'
export type { Load, LoadContext, LoadMany, Read, ReadOptions, Retry, Strategy } from './read.ts'

export interface CacheStats extends StoreStats {
  /** The remote tier has not kept failing; undefined without one. */
  readonly remoteUp: boolean | undefined
  /** Events that a listener threw at. */
  readonly listenerErrors: number
}

export interface Cache {
  readonly name: string
  /** False: switched off, every read is a bypass. */
  readonly enabled: boolean
  /** The clock it goes by, epoch ms. */
  now(): number
  /** A fresh entry of the memory tier, at once, or nothing. A hit is counted; nothing is not a read. */
  lookup<T>(key: string, accept?: (value: T) => boolean, about?: About): Read<T> | undefined
  /**
   * The value under a key: kept, or loaded and kept. The value is shared by all who read it: treat it as frozen.
   *
   * @throws what the load threw, untouched, when no stale entry may stand in; {DeadlineError} when it took too long.
   */
  read<T>(
    key: string,
    load: Load<T>,
    options: ReadOptions<T> & { strategy: 'fresh' },
  ): Promise<Read<T | undefined>>
  read<T>(key: string, load: Load<T>, options?: ReadOptions<T>): Promise<Read<T>>
  /**
   * As many reads: one for each key, however often it is named, each with an outcome of its own and counted by itself. What
   * is missing is loaded by one call; a key that is being loaded already is waited for, and not loaded again. Stale keys
   * that are refreshed behind are another call together. Where a load that was waited for turns out not to be for this
   * reader (see `share`, `accept`), its key is a call of its own.
   *
   * @returns a read for each key, by the key and in the order in which they were first named. The value is `undefined`
   *   where the load gave none.
   * @throws what the load threw, untouched, when it failed for some key and no stale entry may stand in; when every key has
   *   been answered or has failed, so that whatever could be kept is kept.
   * @example
   * const users = await cache.readMany(ids, async (missing) => (await findUsers(missing)).map((user) => [user.id, user]))
   * users.get('user_001')?.value
   */
  readMany<T>(
    keys: readonly string[],
    loadMany: LoadMany<T>,
    options?: ReadOptions<T>,
  ): Promise<Map<string, Read<T | undefined>>>
  /** Does something that the cache is not asked about, and counts it as a bypass. Rejects as the work does. */
  pass<T>(work: () => Promise<T>, about?: About): Promise<T>
  /** Tells listeners what the developer of a route should know. */
  warn(warning: Warning, about: About): void
  /** As `lookup`, but uncounted, and stale entries too. */
  peek<T>(key: string): Read<T> | undefined
  /**
   * Keeps a value. False: its lifetime is over already, or it is too large. Loads under way cannot overwrite it.
   *
   * This and the four below take effect in this process at the call, in its other threads too if there are `siblings`;
   * their promise resolves when the remote tier knows too, or has failed, and never rejects for that.
   */
  write<T>(key: string, value: T, options?: WriteOptions<T>): Promise<boolean>
  /** From now on: was the key invalidated, or one of these tags? For a value that is made before it is written. */
  noteChanges(key: string): (tags?: readonly string[]) => boolean
  /** Uncounted: would `lookup` answer? */
  has(key: string): boolean
  /** Forgets a key, also what a load under way will bring. True when there was an entry. */
  delete(key: string): Promise<boolean>
  /** As `delete` for each key, told to the remote tier together. How many of them had an entry in memory. */
  deleteMany(keys: readonly string[]): Promise<number>
  /** Forgets every entry with one of these tags, also what loads under way will bring. */
  invalidateTags(tags: readonly string[]): Promise<void>
  /** Forgets everything in this cache's namespace; without one, everything in its memory tier. */
  clear(): Promise<void>
  /**
   * Values of one kind, checked and typed; see {@link EntityOptions} and {@link Entity}.
   *
   * @throws {TypeError} when there is an entity of this name already, or an option cannot be used.
   */
  entity<Input, Output extends Input, Id extends EntityId = string>(
    options: EntityOptions<Input, Output, Id> & EntityKey<Id>,
  ): Entity<Input, Output, Id>
  /** What the memory tier holds now; what is dead is removed first. */
  stats(): CacheStats
}

export interface WriteOptions<T = unknown> extends Lifetime {
  /** How the value becomes bytes in a remote tier: the one that the key's readers use. Default JSON. */
  codec?: Codec<T>
}

export interface CacheOptions {
  /** In events and metrics. Default `hitrate`. */
  name?: string
  /**
   * Put before every key, so that caches may share a store. Not empty, and without a colon: one ends it there. Default none.
   */
  namespace?: string
  /** The memory tier. Without one nothing is kept, but loads are still shared. */
  memory?: MemoryStore
  /**
   * The tier that processes share. It is asked when memory has nothing; whatever becomes of it, reads go on. What is
   * invalidated here is not served again here from the call on, nor by another process from its remote tier once the
   * returned promise resolves; another process's memory tier may serve what it kept until its lifetime ends.
   */
  remote?: RemoteStore
  /** An operation of the remote tier that takes longer has failed, in ms. Default 50. */
  remoteTimeoutMs?: number
  /**
   * The same cache in the other threads of this process. What is invalidated in one thread is not served again in any from
   * the call on: whoever asks after it has returned gets nothing older, neither kept nor from a load under way. Default
   * none: threads know nothing of one another.
   */
  siblings?: Siblings
  /** False: every read is a bypass. Default true. */
  enabled?: boolean
  /** May reads share a load's promise? Must be false on Workers. Default true. */
  coalesce?: boolean
  /**
   * By up to which share lifetimes are cut short at random, so that what was kept at once does not end at once; from 0 to
   * below 1. A lifetime may say its own. Default 0.05.
   */
  jitter?: number
  /** How eagerly hits are refreshed behind before they end, where a read does not say it. Default 0: never. */
  earlyRefresh?: number
  /** From 0 to below 1, for whatever is left to chance. Default `Math.random`. */
  random?: () => number
  /**
   * Epoch ms. A hit in memory asks twice, once for how long it took, and asks no other clock. Default: `Date.now`; for hits
   * the monotonic clock, set by it once a second (`Date.now` for hits too where only `timer` is handed in).
   */
  now?: () => number
  /** Monotonic ms, for how long everything but a hit in memory took. Default `performance.now`. */
  timer?: () => number
  /** Runs something later: for deadlines, and pauses between retries. Default: the runtime's own timers. */
  schedule?: Schedule
  onEvent?: CacheListener
}

/** What a read comes to: an answer, or an error for its reader. */
type Ending<T> = { read: Read<T> } | { outcome: Outcome; error: unknown }

/** Longer keys are refused: whoever makes keys from what strangers send must bound them before. */
export const MAX_KEY_LENGTH = 8192

/**
 * A read-through cache over the tiers that are handed in.
 *
 * A load must not read its own key: it would wait for itself.
 *
 * @throws {TypeError} when `namespace` is empty or holds a colon; {RangeError} when `remoteTimeoutMs` is no positive number, or `jitter`
 *   not from 0 to below 1.
 * @example
 * const cache = createCache({ memory: memoryStore() })
 * const { value, outcome } = await cache.read('rates', () => fetchRates(), { ttlMs: 60_000, tags: ['rates'] })
 */
export function createCache(options: CacheOptions = {}): Cache {
  const { name = 'hitrate', memory, enabled = true, coalesce = true, remoteTimeoutMs = 50 } = options
  const { siblings, onEvent, jitter = 0.05, earlyRefresh = 0 } = options
  const { random = Math.random, schedule = byTimers } = options
  if (!(remoteTimeoutMs > 0))
    throw new RangeError(`cache ${name}: remoteTimeoutMs must be a positive number, not ${remoteTimeoutMs}`)
  if (!(jitter >= 0 && jitter < 1))
    throw new RangeError(`cache ${name}: jitter must be from 0 to below 1, not ${jitter}`)
  if (options.namespace === '' || options.namespace?.includes(':')) {
    throw new TypeError(
      `cache ${name}: a namespace must not be empty or contain ":": ${JSON.stringify(options.namespace)}`,
    )
  }
  const prefix = options.namespace === undefined ? '' : `${options.namespace}:`
  const { now, precise, whole } = createClock(options.now ?? (options.timer && Date.now))
  const timer = options.timer ?? performance.now.bind(performance)
  const invalidations = createInvalidations()
  const remote =
    options.remote &&
    createRemoteTier({
      store: options.remote,
      prefix: `hitrate:${options.namespace ?? ''}:`, // also without one, so that no name of one is a name of another's
      timeoutMs: remoteTimeoutMs,
      now,
      timer,
      schedule,
      onOperation(operation, result, durationMs, error) {
        emit({ type: 'tier', cache: name, tier: 'remote', operation, result, durationMs, error })
      },
    })
  const tiers = createTiers({ name, prefix, memory, remote, invalidations, hear, now, jitter, random, emit })
  const loads = createLoads({ name, tiers, invalidations, coalesce, keyInStore, hear, now, schedule })
  const calls = createCalls({ name, timer, schedule, random, emit })
  let listenerErrors = 0

  memory?.watch(prefix, (_key, reason) => emit({ type: 'eviction', cache: name, tier: 'memory', reason }))

  function emit(event: CacheEvent): void {
    try {
      onEvent?.(event)
    } catch {
      listenerErrors++ // reported by stats(): telling the listener that it failed would fail again
    }
  }

  function count(outcome: Outcome, tier: Tier | undefined, startedAt: number, about?: About): void {
    emit({ type: 'read', cache: name, outcome, tier, durationMs: timer() - startedAt, ...about })
  }

  /** What memory answered at once, by the one clock that it asked. */
  function countAtOnce(outcome: Outcome, startedAt: number, about?: About): void {
    const durationMs = Math.max(0, precise() - startedAt) // it may have been set back
    if (about === undefined) emit({ type: 'read', cache: name, outcome, tier: 'memory', durationMs })
    else {
      const { method, route } = about // by name: spreading costs more than the rest
      emit({ type: 'read', cache: name, outcome, tier: 'memory', durationMs, method, route })
    }
  }

  /** What other threads have invalidated holds from here on. Whatever answers or keeps comes after it. */
  function hear(): void {
    siblings?.take(forgetHeard)
  }

  /** The thread that invalidated it tells the remote tier, and is counted for it. */
  function forgetHeard(mark: Mark): void {
    forget(mark)
    remote?.heard(mark)
  }

  /** True when memory had an entry under the key. */
  function forget(mark: Mark): boolean {
    if (mark === 'everything') loads.detachAll()
    else if ('key' in mark) loads.detach(mark.key)
    return tiers.forget(mark)
  }

  /** It holds in other threads from here on, in other processes once this resolves. Never rejects. */
  function tell(marks: readonly Mark[]): Promise<void> {
    siblings?.publish(marks)
    return tiers.invalidateRemotely(marks)
  }

  function keyInStore(key: string): string | undefined {
    if (typeof key !== 'string' || key.length === 0 || key.length > MAX_KEY_LENGTH) return undefined
    return prefix + key
  }

  function storeKey(key: string): string {
    const at = keyInStore(key)
    if (at !== undefined) return at
    throw new TypeError(`cache ${name}: a key must be a string of 1 to ${MAX_KEY_LENGTH} characters`)
  }

  /** The entry under a store key, if this reader accepts it. */
  function entryAt<T>(at: string, accept?: (value: T) => boolean): Entry<T> | undefined {
    const entry = tiers.entry(at) as Entry<T> | undefined // a key's readers agree on what it holds
    return entry === undefined || accept === undefined || accept(entry.value) ? entry : undefined
  }

  function readOf<T>(entry: Entry<T>, outcome: 'hit' | 'stale', clock: number): Read<T> {
    const { value, madeAt, freshUntil } = entry
    return {
      value,
      outcome,
      tier: 'memory',
      ageMs: Math.max(0, clock - madeAt), // clocks are set back now and then
      expiresInMs: freshUntil - clock,
      kept: true,
    }
  }

  /**
   * One read, from its beginning to its count: at once where memory can answer.
   *
   * @param startedAt by the precise clock.
   * @param readingFor what to do beyond memory: `behind` the answer, or for it.
   */
  function answer<T>(
    at: string,
    options: ReadOptions<T>,
    startedAt: number,
    readingFor: (behind: boolean) => Reading<T>,
  ): Read<T> | Promise<Read<T>> {
    let read: Read<T> | undefined
    try {
      read = atOnce(at, options, whole(startedAt), readingFor)
    } catch (error) {
      count('error', undefined, timer(), options.about) // the reader's own `accept` or `waitUntil`
      return Promise.reject(error)
    }
    if (read === undefined) return afterAll(readingFor(false))
    countAtOnce(read.outcome, startedAt, options.about)
    return read
  }

  /** What memory answers; if need be, it is refreshed behind. */
  function atOnce<T>(
    at: string,
    options: ReadOptions<T>,
    clock: number,
    readingFor: (behind: boolean) => Reading<T>,
  ): Read<T> | undefined {
    const { strategy = 'refresh' } = options
    if (!enabled || strategy === 'bypass' || strategy === 'invalidate') return undefined
    const entry = entryAt(at, options.accept)
    const use = entry === undefined ? 'load' : howToUse(entry, options, clock)
    if (entry === undefined || use === 'load') return undefined
    const early = use === 'hit' && endsSoon(entry, options.earlyRefresh ?? earlyRefresh, random, clock)
    if ((use === 'refresh' || early) && strategy !== 'fresh') loads.refresh(readingFor(true))
    return readOf(entry, use === 'hit' ? 'hit' : 'stale', clock)
  }

  /** Where memory had no answer. */
  async function afterAll<T>(reading: Reading<T>): Promise<Read<T>> {
    const startedAt = timer()
    let ending: Ending<T>
    try {
      ending = await inTime({ name, schedule, reading, resolve, standInFor })
    } catch (error) {
      ending = { outcome: 'error', error } // the reader's own `accept` or `waitUntil` may throw
    } finally {
      reading.spare()
    }
    if ('error' in ending) {
      count(ending.outcome, undefined, startedAt, reading.options.about)
      throw ending.error
    }
    count(ending.read.outcome, ending.read.tier, startedAt, reading.options.about)
    return ending.read
  }

  /** An entry that answers a reader who has waited long enough, where one may stand in. */
  function standInFor<T>({ at, options }: Reading<T>): Ending<T> | undefined {
    hear()
    const entry = entryAt(at, options.accept)
    if (entry === undefined || !tiers.mayStandIn(at, entry)) return undefined
    const clock = now()
    // It may have been written meanwhile.
    return { read: readOf(entry, howToUse(entry, options, clock) === 'hit' ? 'hit' : 'stale', clock) }
  }

  /** What a read comes to for which memory had no answer. */
  async function resolve<T>(reading: Reading<T>): Promise<Ending<T>> {
    const { at, options } = reading
    const { strategy = 'refresh' } = options
    if (!enabled && strategy === 'fresh') return { read: nothing('bypass') }
    if (!enabled || strategy === 'bypass') return endingOf(await loads.loadPast(reading), 'bypass', 'bypass')

    const entry = strategy === 'invalidate' ? undefined : entryAt(at, options.accept)
    if (strategy === 'fresh') return kept(await loads.fetchRemote(reading))

    const { settled, shared } = await loads.load(reading)
    const failed = !settled.ok || settled.said.failed === true
    if (failed) hear() // what was invalidated meanwhile may not stand in
    const left = options.signal?.aborted === true
    // One that the remote tier has given meanwhile, too stale to be a hit, is in memory now.
    const mayLook = failed && strategy !== 'invalidate' && !(settled.ok && settled.entry !== undefined)
    const standIn = entry ?? (mayLook ? entryAt(at, options.accept) : undefined)
    const anyAge = !settled.ok && options.staleOnThrow === true
    const isFinal = settled.ok && settled.said.final === true
    if (failed && !isFinal && !left && standIn !== undefined && tiers.mayStandIn(at, standIn, anyAge)) {
      return { read: readOf(standIn, 'stale', now()) }
    }
    return endingOf(settled, failed || settled.tierFailed ? 'error' : shared ? 'coalesced' : 'miss', 'error')
  }

  /** Without a load: what the remote tier has, or nothing. */
  function kept<T>(fetched: Answered | 'nothing' | 'failed'): Ending<T> {
    if (typeof fetched !== 'string') return endingOf(fetched, 'hit', 'error')
    return { read: nothing(fetched === 'failed' ? 'error' : 'miss') }
  }

  function nothing<T>(outcome: Outcome): Read<T> {
    const value = undefined as T // the overload of read() for strategy `fresh` says so
    return { value, outcome, ageMs: 0, expiresInMs: 0, kept: false }
  }

  function endingOf<T>(settled: Settled, outcome: Outcome, ifThrown: Outcome): Ending<T> {
    if (!settled.ok) return { outcome: ifThrown, error: settled.error }
    const { entry, said, fromRemote } = settled
    const clock = now()
    const value = settled.value as T // as in entryAt
    if (entry === undefined) {
      const ageMs = (said.ageMs ?? 0) + Math.max(0, clock - (settled.since ?? clock))
      return { read: { value, outcome, ageMs, expiresInMs: 0, kept: false } }
    }
    const times = { ageMs: Math.max(0, clock - entry.madeAt), expiresInMs: entry.freshUntil - clock }
    if (fromRemote) return { read: { value, outcome: 'hit', tier: 'remote', ...times, kept: true } }
    return { read: { value, outcome, ...times, kept: true } }
  }

  function peek<T>(key: string): Read<T> | undefined {
    hear()
    const entry = tiers.peek(storeKey(key)) as Entry<T> | undefined // as in entryAt
    if (!enabled || entry === undefined) return undefined
    const clock = now()
    return readOf(entry, entry.freshUntil > clock ? 'hit' : 'stale', clock)
  }

  function memoryDid(operation: 'delete' | 'clear', result: 'ok' | 'absent'): void {
    emit({ type: 'tier', cache: name, tier: 'memory', operation, result })
  }

  function invalidated(scope: 'key' | 'tags' | 'all', count: number): void {
    emit({ type: 'invalidation', cache: name, scope, count })
  }

  const entityNames = new Set<string>()

  const cache: Cache = {
    name,
    enabled,
    now,

    lookup<T>(key: string, accept?: (value: T) => boolean, about?: About) {
      if (!enabled) return undefined
      const startedAt = precise()
      hear()
      const entry = entryAt(storeKey(key), accept)
      const clock = whole(startedAt)
      if (entry === undefined || entry.freshUntil <= clock) return undefined
      const read = readOf(entry, 'hit', clock)
      countAtOnce('hit', startedAt, about)
      return read
    },

    async read<T>(key: string, load: Load<T>, options: ReadOptions<T> = {}) {
      const startedAt = precise()
      hear()
      const at = storeKey(key)
      return answer(at, options, startedAt, () => ({
        at,
        call: (context) => calls.one(at, load, options, context),
        spare() {},
        options,
        signal: options.signal,
        arrived: invalidations.sequence,
        takesAbsence: false,
      }))
    },

    async readMany<T>(keys: readonly string[], loadMany: LoadMany<T>, options: ReadOptions<T> = {}) {
      const startedAt = precise()
      hear()
      const arrived = invalidations.sequence
      const places = new Map(keys.map((key) => [key, storeKey(key)]))
      const callMany: CallMany = (missing, context) => calls.many(missing, loadMany, options, context)
      const [ahead, behind] = [createBatch(callMany), createBatch(callMany)]
      const reads = Array.from(places, async ([key, at]) => {
        const read = await answer(at, options, startedAt, (isBehind) => {
          const member = (isBehind ? behind : ahead).member(key)
          return { at, ...member, options, signal: options.signal, arrived, takesAbsence: true }
        })
        return [key, read] as const
      })
      ahead.close()
      behind.close()
      const byKey = new Map<string, Read<T | undefined>>()
      for (const settled of await Promise.allSettled(reads)) {
        if (settled.status === 'rejected') throw settled.reason
        byKey.set(...settled.value)
      }
      return byKey
    },

    async pass(work, about) {
      const startedAt = timer()
      try {
        return await work()
      } finally {
        count('bypass', undefined, startedAt, about)
      }
    },

    warn: (warning, about) => emit({ type: 'warning', cache: name, warning, ...about }),

    noteChanges(key) {
      hear()
      const at = storeKey(key)
      const { sequence } = invalidations
      return (tags = []) => {
        hear()
        return tiers.isOutdated([at], tags, sequence)
      }
    },

    peek,
    has: (key) => (peek(key)?.expiresInMs ?? 0) > 0,

    async write<T>(key: string, value: T, options: WriteOptions<T> = {}) {
      const at = storeKey(key)
      if (!enabled) return false
      // First, and not again before its birth: what others invalidate from here on is newer than the value.
      hear()
      const mark: Mark = { key: at }
      forget(mark) // whatever becomes of the new value, the older one is over
      const told = tell([mark]) // loads under way elsewhere cannot overwrite it
      const { entry, remotely } = tiers.keep({
        at,
        target: at,
        value,
        said: options,
        birth: tiers.birth(),
        codec: options.codec as Codec | undefined, // it is given this value alone
      })
      await Promise.all([told, remotely])
      return entry !== undefined
    },

    async delete(key) {
      const mark: Mark = { key: storeKey(key) }
      const removed = forget(mark)
      const told = tell([mark])
      memoryDid('delete', removed ? 'ok' : 'absent')
      invalidated('key', 1)
      await told
      return removed
    },

    async deleteMany(keys) {
      const marks = Array.from(new Set(keys), (key) => ({ key: storeKey(key) }))
      if (marks.length === 0) return 0
      const removed = marks.map(forget)
      const told = tell(marks)
      for (const there of removed) memoryDid('delete', there ? 'ok' : 'absent')
      invalidated('key', marks.length)
      await told
      return removed.filter(Boolean).length
    },

    async invalidateTags(tags) {
      const marks = tags.map((tag): Mark => ({ tag }))
      for (const mark of marks) forget(mark)
      const told = tell(marks)
      invalidated('tags', marks.length)
      await told
    },

    async clear() {
      forget('everything')
      const told = tell(['everything'])
      memoryDid('clear', 'ok')
      invalidated('all', 1)
      await told
    },

    entity(options) {
      // Both would read from memory what the other has checked, or not.
      if (entityNames.has(options.name))
        throw new TypeError(`cache ${name}: there is an entity ${options.name} already`)
      const entity = createEntity(cache, options)
      entityNames.add(options.name)
      return entity
    },

    stats() {
      hear()
      memory?.sweep(now())
      const { entries, bytes, maxBytes } = memory?.stats() ?? { entries: 0, bytes: 0, maxBytes: 0 }
      return { entries, bytes, maxBytes, remoteUp: remote?.up, listenerErrors }
    },
  }
  return cache
}
