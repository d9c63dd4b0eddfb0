/** The read-through engine: a memory tier in front of a load, one load per key at a time, nothing old after a write. */
import type { Entry } from '../stores/entry.ts'
import type { MemoryStore, StoreStats } from '../stores/store.ts'
import type { CacheEvent, CacheListener, Outcome, Tier } from './events.ts'
import { type Demands, howToUse } from './freshness.ts'
import { createInvalidations } from './invalidations.ts'
import { entryOf, type Lifetime, Loaded, type LoadedOptions } from './lifetime.ts'
import { createFlights, type Flight } from './single-flight.ts'

/** What the caller allows; RFC 9111 §5.2.1 in the words of data. */
export type Strategy =
  /** Cache only, nothing is loaded (`only-if-cached`). */
  | 'fresh'
  /** Cache, else load and keep. */
  | 'refresh'
  /** Load and replace what was kept (`no-cache`). */
  | 'invalidate'
  /** Load; the cache is neither read nor written (`no-store`). */
  | 'bypass'

/** One answer of the cache. */
export interface Read<T> {
  value: T
  outcome: Outcome
  /** Which tier answered; absent when it was loaded. */
  tier?: Tier
  /** How old the value is, in ms. */
  ageMs: number
  /** How long it is still fresh, in ms; negative when it is stale, 0 when it was not kept. */
  expiresInMs: number
  /** The cache has it now. */
  kept: boolean
}

export interface ReadOptions<T = unknown> extends Lifetime, Demands {
  /** Default `refresh`. */
  strategy?: Strategy
  /** An entry, or another's load, for which this is false is not for this reader: it loads for itself. */
  accept?: (value: T) => boolean
  /** This reader goes away: its read rejects; the load's signal fires when nobody waits any more. */
  signal?: AbortSignal
  /** Keeps the runtime alive for what goes on after the answer (Workers: `ctx.waitUntil`). */
  waitUntil?: (work: Promise<unknown>) => void
}

export interface LoadContext {
  /** Fires when nobody waits for this load any more. */
  signal: AbortSignal
  /** True when a stale answer has been given already and this load only refreshes it. */
  background: boolean
}

export type Load<T> = (context: LoadContext) => T | Loaded<T> | Promise<T | Loaded<T>>

export interface CacheStats extends StoreStats {
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
  lookup<T>(key: string, accept?: (value: T) => boolean): Read<T> | undefined
  /**
   * The value under a key: kept, or loaded and kept. The value is shared by all who read it: treat it as frozen.
   *
   * @throws what the load threw, untouched, when no stale entry may stand in.
   */
  read<T>(
    key: string,
    load: Load<T>,
    options: ReadOptions<T> & { strategy: 'fresh' },
  ): Promise<Read<T | undefined>>
  read<T>(key: string, load: Load<T>, options?: ReadOptions<T>): Promise<Read<T>>
  /** Does something that the cache is not asked about, and counts it as a bypass. Rejects as the work does. */
  pass<T>(work: () => Promise<T>): Promise<T>
  /** As `lookup`, but uncounted, and stale entries too. */
  peek<T>(key: string): Read<T> | undefined
  /** Keeps a value. False: its lifetime is over already, or it is too large. Loads under way cannot overwrite it. */
  write<T>(key: string, value: T, lifetime?: Lifetime): boolean
  /** Uncounted: would `lookup` answer? */
  has(key: string): boolean
  /** Forgets a key, also what a load under way will bring. True when there was an entry. */
  delete(key: string): boolean
  /** Forgets every entry with one of these tags, also what loads under way will bring. */
  invalidateTags(tags: readonly string[]): void
  /** Forgets everything in this cache's namespace. */
  clear(): void
  /** What the memory tier holds now; what is dead is removed first. */
  stats(): CacheStats
}

export interface CacheOptions {
  /** In events and metrics. Default `hitrate`. */
  name?: string
  /** Put before every key, so that caches may share a store. Default none. */
  namespace?: string
  /** The memory tier. Without one nothing is kept, but loads are still shared. */
  memory?: MemoryStore
  /** False: every read is a bypass. Default true. */
  enabled?: boolean
  /** May reads share a load's promise? Must be false on Workers. Default true. */
  coalesce?: boolean
  /** Epoch ms. Default `Date.now`. */
  now?: () => number
  /** Monotonic ms, for durations. Default `performance.now`. */
  timer?: () => number
  onEvent?: CacheListener
}

/** How a load ended. Never a rejected promise: those who wait decide what to make of it. */
type Settled = Answered | { ok: false; error: unknown }

interface Answered {
  ok: true
  value: unknown
  said: LoadedOptions
  entry: Entry | undefined
}

/** One read on its way to an answer. */
interface Reading<T> {
  /** The key in the store. */
  at: string
  load: Load<T>
  options: ReadOptions<T>
  /** The invalidation sequence when the reader came: it must never see what was invalidated before. */
  arrived: number
}

/** What a read comes to: an answer, or an error for its reader. */
type Ending<T> = { read: Read<T> } | { outcome: Outcome; error: unknown }

/** A refresh behind that has not ended by then is taken for lost (its runtime may have been stopped). */
const LOST_REFRESH_MS = 30_000

/** Longer keys are refused: whoever makes keys from what strangers send must bound them before. */
export const MAX_KEY_LENGTH = 8192

export function createCache(options: CacheOptions = {}): Cache {
  const { name = 'hitrate', memory, enabled = true, coalesce = true, onEvent } = options
  const prefix = options.namespace === undefined ? '' : `${options.namespace}:`
  const now = options.now ?? Date.now
  const timer = options.timer ?? performance.now.bind(performance)
  const invalidations = createInvalidations()
  const flights = createFlights<Settled>()
  /** Where promises cannot be shared: which keys are being refreshed behind, and since when (epoch ms). */
  const refreshing = new Map<string, number>()
  let listenerErrors = 0

  memory?.watch(prefix, (_key, reason) => emit({ type: 'eviction', cache: name, tier: 'memory', reason }))

  function emit(event: CacheEvent): void {
    try {
      onEvent?.(event)
    } catch {
      listenerErrors++ // reported by stats(): telling the listener that it failed would fail again
    }
  }

  function count(outcome: Outcome, tier: Tier | undefined, startedAt: number): void {
    emit({ type: 'read', cache: name, outcome, tier, durationMs: timer() - startedAt })
  }

  function storeKey(key: string): string {
    if (typeof key !== 'string' || key.length === 0 || key.length > MAX_KEY_LENGTH) {
      throw new TypeError(`cache ${name}: a key must be a string of 1 to ${MAX_KEY_LENGTH} characters`)
    }
    return prefix + key
  }

  /** The entry under a store key, if no invalidation has reached it and this reader accepts it. */
  function entryAt<T>(at: string, accept?: (value: T) => boolean): Entry<T> | undefined {
    const entry = memory?.get(at) as Entry<T> | undefined // a key's readers agree on what is kept under it
    if (entry === undefined) return undefined
    if (invalidations.hitTags(entry.tags, entry.born)) {
      memory?.delete(at)
      return undefined
    }
    return accept === undefined || accept(entry.value) ? entry : undefined
  }

  function readOf<T>(entry: Entry<T>, outcome: 'hit' | 'stale', clock: number): Read<T> {
    const { value, madeAt, freshUntil } = entry
    return {
      value,
      outcome,
      tier: 'memory',
      ageMs: clock - madeAt,
      expiresInMs: freshUntil - clock,
      kept: true,
    }
  }

  /** What a read comes to; the caller counts it. */
  async function resolve<T>(reading: Reading<T>): Promise<Ending<T>> {
    const { at, options } = reading
    const { strategy = 'refresh' } = options
    if (!enabled || strategy === 'bypass')
      return endingOf(await loadAlone(reading, false), 'bypass', 'bypass')

    const entry = strategy === 'invalidate' ? undefined : entryAt(at, options.accept)
    const clock = now()
    const use = entry === undefined ? 'load' : howToUse(entry, options, clock)
    if (entry !== undefined && use !== 'load') {
      if (use === 'refresh' && strategy !== 'fresh') refreshBehind(reading)
      return { read: readOf(entry, use === 'hit' ? 'hit' : 'stale', clock) }
    }
    if (strategy === 'fresh') return { read: nothing() }

    const { settled, shared } = await load(reading)
    const failed = !settled.ok || settled.said.failed === true
    if (failed && entry !== undefined && mayStandIn(at, entry)) return { read: readOf(entry, 'stale', now()) }
    return endingOf(settled, failed ? 'error' : shared ? 'coalesced' : 'miss', 'error')
  }

  /** Loads with others or alone. */
  async function load<T>(reading: Reading<T>): Promise<{ settled: Settled; shared: boolean }> {
    const { at, options, arrived } = reading
    if (!coalesce) return { settled: await loadAlone(reading, true), shared: false }

    if (options.strategy === 'invalidate') invalidations.key(at) // an older load may not overwrite what this one brings
    const flight = options.strategy === 'invalidate' ? undefined : flights.current(at)
    if (flight === undefined) {
      return { settled: await outcomeOf(beginFlight(reading, false), options.signal), shared: false }
    }

    const settled = await outcomeOf(flight, options.signal)
    if (settled.ok && arrived > flight.born && invalidations.hitTags(settled.said.tags ?? [], flight.born)) {
      return load(reading) // that load began before an invalidation which this reader came after
    }
    if (settled.ok && !mayShare(settled, options))
      return { settled: await loadAlone(reading, true), shared: false }
    return { settled, shared: true }
  }

  function beginFlight<T>(reading: Reading<T>, background: boolean): Flight<Settled> {
    const born = invalidations.sequence
    return flights.begin(reading.at, born, (signal) => run(reading, { signal, background }, born, true))
  }

  function loadAlone<T>(reading: Reading<T>, mayKeep: boolean, background = false): Promise<Settled> {
    const signal = reading.options.signal ?? new AbortController().signal
    return run(reading, { signal, background }, invalidations.sequence, mayKeep)
  }

  /** Loads behind a stale answer, unless someone does already. */
  function refreshBehind<T>(reading: Reading<T>): void {
    const { at, options } = reading
    if (coalesce) {
      if (flights.current(at) !== undefined) return
      const flight = beginFlight(reading, true)
      options.waitUntil?.(flight.wait())
      return
    }
    const since = refreshing.get(at)
    if (since !== undefined && now() - since < LOST_REFRESH_MS) return
    refreshing.set(at, now())
    const work = loadAlone(reading, true, true).finally(() => refreshing.delete(at))
    options.waitUntil?.(work)
  }

  /** Runs a load and keeps what it brings. Never rejects. */
  async function run<T>(
    reading: Reading<T>,
    context: LoadContext,
    born: number,
    mayKeep: boolean,
  ): Promise<Settled> {
    const startedAt = timer()
    function tell(result: 'ok' | 'error', error?: unknown): void {
      const { background } = context
      emit({ type: 'load', cache: name, result, background, durationMs: timer() - startedAt, error })
    }

    let answer: T | Loaded<T>
    try {
      answer = await reading.load(context)
    } catch (error) {
      tell('error', error)
      return { ok: false, error }
    }
    const value = answer instanceof Loaded ? answer.value : answer
    const said: LoadedOptions =
      answer instanceof Loaded ? { ...reading.options, ...answer.options } : reading.options
    tell(said.failed ? 'error' : 'ok')
    return { ok: true, value, said, entry: mayKeep ? keep(reading.at, value, said, born) : undefined }
  }

  function keep(at: string, value: unknown, said: LoadedOptions, born: number): Entry | undefined {
    if (memory === undefined) return undefined
    const clock = now()
    const target = typeof said.keep === 'string' ? storeKey(said.keep) : at
    const entry = said.keep === false ? undefined : entryOf(value, said, clock, born)
    if (entry === undefined) {
      // A newer answer that may not be kept ends the older one that was, unless it is only a failure.
      if (!said.failed) memory.delete(target)
      return undefined
    }
    // What was invalidated while the load ran must not come back with its result.
    if (invalidations.hitTags(entry.tags, born) || invalidations.hitKey(at, born)) return undefined
    memory.sweep(clock)
    const fits = memory.set(target, entry)
    emit({ type: 'tier', cache: name, tier: 'memory', operation: 'set', result: fits ? 'ok' : 'refused' })
    return fits ? entry : undefined
  }

  function endingOf<T>(settled: Settled, outcome: Outcome, ifThrown: Outcome): Ending<T> {
    if (!settled.ok) return { outcome: ifThrown, error: settled.error }
    const { entry, said } = settled
    const clock = now()
    const ageMs = entry === undefined ? (said.ageMs ?? 0) : clock - entry.madeAt
    const expiresInMs = entry === undefined ? 0 : entry.freshUntil - clock
    const value = settled.value as T // a key's readers agree on what its loads bring
    return { read: { value, outcome, ageMs, expiresInMs, kept: entry !== undefined } }
  }

  function mayShare<T>(settled: Answered, options: ReadOptions<T>): boolean {
    if (settled.said.share === false) return false
    return options.accept === undefined || options.accept(settled.value as T) // as above
  }

  /** May this entry answer in place of a load that failed? Not if it was invalidated meanwhile. */
  function mayStandIn(at: string, entry: Entry): boolean {
    const { tags, born } = entry
    return now() < entry.errorUntil && !invalidations.hitTags(tags, born) && !invalidations.hitKey(at, born)
  }

  function peek<T>(key: string): Read<T> | undefined {
    const entry = memory?.peek(storeKey(key)) as Entry<T> | undefined // as in entryAt
    if (!enabled || entry === undefined || invalidations.hitTags(entry.tags, entry.born)) return undefined
    const clock = now()
    return readOf(entry, entry.freshUntil > clock ? 'hit' : 'stale', clock)
  }

  function invalidated(scope: 'key' | 'tags' | 'all', count: number): void {
    emit({ type: 'invalidation', cache: name, scope, count })
  }

  return {
    name,
    enabled,
    now,

    lookup<T>(key: string, accept?: (value: T) => boolean) {
      if (!enabled) return undefined
      const startedAt = timer()
      const entry = entryAt(storeKey(key), accept)
      const clock = now()
      if (entry === undefined || entry.freshUntil <= clock) return undefined
      const read = readOf(entry, 'hit', clock)
      count('hit', 'memory', startedAt)
      return read
    },

    async read<T>(key: string, load: Load<T>, options: ReadOptions<T> = {}) {
      const startedAt = timer()
      const ending = await resolve({ at: storeKey(key), load, options, arrived: invalidations.sequence })
      if ('error' in ending) {
        count(ending.outcome, undefined, startedAt)
        throw ending.error
      }
      count(ending.read.outcome, ending.read.tier, startedAt)
      return ending.read
    },

    async pass(work) {
      const startedAt = timer()
      try {
        return await work()
      } finally {
        count('bypass', undefined, startedAt)
      }
    },

    peek,
    has: (key) => (peek(key)?.expiresInMs ?? 0) > 0,

    write(key, value, lifetime = {}) {
      const at = storeKey(key)
      if (!enabled) return false
      invalidations.key(at)
      flights.detach(at)
      return keep(at, value, lifetime, invalidations.sequence) !== undefined
    },

    delete(key) {
      const at = storeKey(key)
      invalidations.key(at)
      flights.detach(at)
      const result = memory?.delete(at) ? 'ok' : 'absent'
      emit({ type: 'tier', cache: name, tier: 'memory', operation: 'delete', result })
      invalidated('key', 1)
      return result === 'ok'
    },

    invalidateTags(tags) {
      for (const tag of tags) invalidations.tag(tag)
      invalidated('tags', tags.length)
    },

    clear() {
      invalidations.everything()
      flights.detachAll()
      memory?.clear(prefix)
      emit({ type: 'tier', cache: name, tier: 'memory', operation: 'clear', result: 'ok' })
      invalidated('all', 1)
    },

    stats() {
      memory?.sweep(now())
      return { ...(memory?.stats() ?? { entries: 0, bytes: 0, maxBytes: 0 }), listenerErrors }
    },
  }
}

/** Those who wait for a flight and leave early see an error of their own. */
function outcomeOf(flight: Flight<Settled>, signal: AbortSignal | undefined): Promise<Settled> {
  return flight.wait(signal).catch((error: unknown) => ({ ok: false, error }))
}

/** The answer of strategy `fresh` when there is nothing to answer with. */
function nothing<T>(): Read<T> {
  return { value: undefined as T, outcome: 'miss', ageMs: 0, expiresInMs: 0, kept: false } // read()'s overload says so
}
