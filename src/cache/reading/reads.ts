/** Reading: at once where memory can answer, else by way of the remote tier or a load. Each read is counted once, here. */
import type { Entry } from '../../stores/entry.ts'
import type { Cache } from '../cache.ts'
import type { Clock } from '../clock.ts'
import type { About, CacheEvent, Outcome, Tier } from '../events.ts'
import { endsSoon, howToUse } from '../freshness.ts'
import type { Invalidations } from '../invalidation/invalidations.ts'
import { type CallMany, createBatch } from '../loading/batch.ts'
import type { Calls } from '../loading/call-loader.ts'
import type { Answered, Reading, Settled } from '../loading/load-and-store.ts'
import type { Loads } from '../loading/load-coordinator.ts'
import type { Load, LoadMany, Read, ReadOptions } from '../read.ts'
import type { Schedule } from '../schedule.ts'
import type { Tiers } from '../tiers/tiers.ts'
import { inTime } from './deadlines.ts'

/** What a cache can be asked. */
export type Reads = Pick<Cache, 'lookup' | 'read' | 'readMany' | 'pass' | 'peek' | 'has'>

export interface ReadsOptions {
  /** The cache's, in events. */
  name: string
  /** False: every read is a bypass. */
  enabled: boolean
  tiers: Tiers
  loads: Loads
  calls: Calls
  invalidations: Invalidations
  /** The key as the stores know it. @throws {TypeError} when it cannot be used. */
  storeKey: (key: string) => string
  /** Brings in what other threads have invalidated. */
  hear: () => void
  clock: Clock
  /** Monotonic ms. */
  timer: () => number
  schedule: Schedule
  /** How eagerly hits are refreshed behind, where a read does not say it. */
  earlyRefresh: number
  /** From 0 to below 1. */
  random: () => number
  emit: (event: CacheEvent) => void
}

/** What a read comes to: an answer, or an error for its reader. */
type Ending<T> = { read: Read<T> } | { outcome: Outcome; error: unknown }

export function createReads(options: ReadsOptions): Reads {
  const { name, enabled, tiers, loads, calls, invalidations, storeKey, hear } = options
  const { timer, schedule, earlyRefresh, random, emit } = options
  const { now, precise, whole } = options.clock

  function lookup<T>(key: string, accept?: (value: T) => boolean, about?: About): Read<T> | undefined {
    if (!enabled) return undefined
    const startedAt = precise()
    hear()
    const entry = entryAt(storeKey(key), accept)
    const clock = whole(startedAt)
    if (entry === undefined || entry.freshUntil <= clock) return undefined
    const read = readOf(entry, 'hit', clock)
    countAtOnce('hit', startedAt, about)
    return read
  }

  async function read<T>(key: string, load: Load<T>, options: ReadOptions<T> = {}): Promise<Read<T>> {
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
  }

  async function readMany<T>(
    keys: readonly string[],
    loadMany: LoadMany<T>,
    options: ReadOptions<T> = {},
  ): Promise<Map<string, Read<T | undefined>>> {
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
  }

  async function pass<T>(work: () => Promise<T>, about?: About): Promise<T> {
    const startedAt = timer()
    try {
      return await work()
    } finally {
      count('bypass', undefined, startedAt, about)
    }
  }

  function peek<T>(key: string): Read<T> | undefined {
    hear()
    const entry = tiers.peek(storeKey(key)) as Entry<T> | undefined // as in entryAt
    if (!enabled || entry === undefined) return undefined
    const clock = now()
    return readOf(entry, entry.freshUntil > clock ? 'hit' : 'stale', clock)
  }

  /**
   * One read, from its beginning to its count: at once where memory can answer.
   *
   * @param startedAt by the precise clock.
   * @param readingFor makes what goes beyond memory: a load `behind` the answer, or for it.
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
    if (read === undefined) return beyondMemory(readingFor(false))
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

  /** Where memory had no answer: within the reader's deadlines, and counted when it has settled. */
  async function beyondMemory<T>(reading: Reading<T>): Promise<Read<T>> {
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
    // The remote tier may have given an entry meanwhile: too stale to be a hit, but good enough now, and in memory.
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

  return { lookup, read, readMany, pass, peek, has: (key) => (peek(key)?.expiresInMs ?? 0) > 0 }
}
