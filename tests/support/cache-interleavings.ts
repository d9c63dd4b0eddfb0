/**
 * Random interleavings of reads, loads, writes and invalidations, against a model that knows only this: a read that began
 * after an invalidation never answers with what the database had before it. However it is answered: from memory, shared,
 * stale, or in place of an error.
 *
 * And whatever was called, the events that were told of it add up to it: reads, loads with each retry, invalidations.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Cache, CacheOptions } from '../../src/cache/cache.ts'
import { createCache } from '../../src/cache/create-cache.ts'
import type { CacheEvent } from '../../src/cache/events.ts'
import type { InvalidationBus } from '../../src/cache/invalidation/invalidation-bus.ts'
import { type Loaded, type LoadedOptions, loaded } from '../../src/cache/lifetime.ts'
import type { Load, LoadMany, Read, ReadOptions, Strategy } from '../../src/cache/read.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import type { RemoteStore } from '../../src/stores/store.ts'
import { internalRead, virtualTimers } from './test-cache.ts'

const RUNS = Number(process.env.HITRATE_RUNS ?? 10_000)
const SEED = Number(process.env.HITRATE_SEED ?? Math.floor(Math.random() * 2 ** 31))
const STEPS = 30

type Row = 'a' | 'b' | 'c'
const rows: readonly Row[] = ['a', 'b', 'c']
const tagsOf: Record<Row, readonly string[]> = { a: ['x'], b: ['x', 'y'], c: [] }
/** Each row of the database may be kept under two keys, as the variants of a response are. */
type Key = `${Row}${1 | 2}`
const keysOf = (row: Row): Key[] => [`${row}1`, `${row}2`]
const keys = rows.flatMap(keysOf)
const rowOf = (key: Key) => key[0] as Row // by the type of a key

/** How a read may end without an answer, by the name or the message of its error. */
const waysToFail: Record<string, string> = { AbortError: 'stopped', DeadlineError: 'deadline', down: 'error' }

/** What an interleaving may draw from. */
export interface Dice {
  chance(probability: number): boolean
  pick<T>(from: readonly T[]): T
  /** A whole number from 0 to `max`. */
  upTo(max: number): number
}

/**
 * Plays as many interleavings as are asked for, each of one process. To play one again: HITRATE_SEED=<seed> HITRATE_RUNS=1.
 *
 * @param threadsOf what ties the caches of the process's threads together; one thread without.
 * @param mustHappen what at least a few of the interleavings must have met.
 */
export function playAll(
  threadsOf: (dice: Dice) => readonly InvalidationBus[],
  mustHappen: readonly string[],
): void {
  describe(`in ${RUNS} interleavings from seed ${SEED}`, () => {
    const seen = new Map<string, number>()
    const part = Math.max(1, RUNS / 20) // a runtime may allow a test a few seconds only

    for (let from = 0; from < RUNS; from += part) {
      test(`a read that began after an invalidation sees nothing older (${from} to ${from + part - 1})`, async () => {
        for (let run = from; run < from + part; run++) {
          for (const what of await play(SEED + run, threadsOf)) seen.set(what, (seen.get(what) ?? 0) + 1)
        }
      })
    }

    test('everything happened that a read may meet: else the others prove little', () => {
      if (RUNS < 1000) return
      for (const what of mustHappen) {
        const runs = seen.get(what) ?? 0
        assert.equal(runs > RUNS / 500, true, `"${what}" in ${runs} interleavings only`)
      }
    })
  })
}

/** Plays one interleaving; returns what was met in it. */
async function play(
  seed: number,
  threadsOf: (dice: Dice) => readonly InvalidationBus[],
): Promise<Set<string>> {
  const random = randomFrom(seed)
  const chance = (probability: number) => random() < probability
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T // never from nothing
  const upTo = (max: number) => Math.floor(random() * (max + 1))

  const met = new Set<string>()
  const story: unknown[][] = []
  const tell = (...what: unknown[]) => void story.push(what)
  const inWords = (what: unknown[]) =>
    what.map((part) => (typeof part === 'object' ? JSON.stringify(part) : part))
  const told = (what: string) =>
    `${what}, from seed ${seed}:\n${story.map((line) => inWords(line).join(' ')).join('\n')}`
  let clock = 1_000_000
  /** What the database has. */
  const version: Record<Row, number> = { a: 1, b: 1, c: 1 }
  /** What a read of this key that begins now must not be older than. */
  const required: Record<Key, number> = { a1: 1, a2: 1, b1: 1, b2: 1, c1: 1, c2: 1 }
  const loads: { settle: () => void; look: () => void }[] = []
  const readers: AbortController[] = []
  const timers = virtualTimers()
  let reads = 0
  /** How often a load was called, and how often that was told. */
  let calls = 0
  let callsTold = 0
  let invalidations = 0
  let invalidationsTold = 0
  let counted = 0
  let unsettled = 0
  let failure: unknown
  let quiet = false
  /** The thread that is interrupted now. */
  let busy: number | undefined
  /** A write has what it writes and has not heard yet. What another thread invalidates now is older than the write. */
  let writing = false

  const remote = chance(0.5) ? remoteStore(() => !quiet && chance(0.03), upTo(2)) : undefined
  const parts: CacheOptions = {
    now: () => clock,
    timer: () => clock,
    schedule: (run, ms) => timers.add(clock + ms, run),
    random,
    ...(remote ? { remote } : {}),
  }
  const coalesce = chance(0.75)
  const threads = threadsOf({ chance, pick, upTo })
  const caches: Cache[] =
    threads.length === 0 ? [cacheOf(0, undefined)] : threads.map((each, i) => cacheOf(i, each))
  /** Another process: what it loads and puts into the remote tier may be old, and must not be trusted then. */
  const other = createCache(parts)

  function cacheOf(thread: number, invalidationBus: InvalidationBus | undefined): Cache {
    function now(): number {
      interrupt(thread)
      return clock
    }
    return createCache({
      ...parts,
      ...(invalidationBus === undefined
        ? {}
        : { now, timer: now, invalidationBus: interrupted(thread, invalidationBus) }),
      ...(chance(0.9) ? { memory: memoryStore(chance(0.3) ? { maxEntries: 1 + upTo(3) } : {}) } : {}),
      coalesce,
      onEvent: (event) => hear(thread, event),
    })
  }

  function interrupted(thread: number, invalidationBus: InvalidationBus): InvalidationBus {
    return {
      publish(marks) {
        interrupt(thread)
        invalidationBus.publish(marks)
        interrupt(thread)
      },
      take(forget) {
        interrupt(thread)
        invalidationBus.take((mark) => {
          met.add(mark === 'everything' ? 'heard everything' : 'heard')
          forget(mark)
        })
        writing = false
        interrupt(thread)
      },
    }
  }

  /** While one thread is in the middle of something, another changes things: never the same one, it is busy. */
  function interrupt(thread: number): void {
    if (quiet || writing || busy !== undefined || !chance(0.03)) return
    busy = thread
    met.add('interrupted')
    tell('meanwhile, not in thread', thread)
    change(pick(caches.filter((_, i) => i !== thread)))
    busy = undefined
  }

  /** Now and then a listener changes things in the middle of it all. */
  function hear(thread: number, event: CacheEvent): void {
    if (event.type === 'read') counted++
    if (event.type === 'load') {
      callsTold++
      if ((event.keys ?? 0) > 1) met.add('many')
      if (event.retryInMs !== undefined) met.add('retried')
    }
    if (event.type === 'invalidation') invalidationsTold += event.count
    if (event.type === 'eviction') met.add('evicted')
    if (quiet || !chance(0.05)) return
    quiet = true
    tell('heard of', event.type)
    change(caches[thread])
    quiet = false
  }

  /** The database changes, and what is kept of it is invalidated, now or later. */
  function change(cache = pick(caches)): void {
    const row = pick(rows)
    version[row]++
    tell(row, '=', version[row])
    if (chance(0.85)) invalidate(row, cache)
  }

  function invalidate(row: Row, cache = pick(caches)): void {
    const [key, tag] = [pick(keysOf(row)), pick(tagsOf[row])]
    const ways: [what: string, changed: readonly Key[], act: () => unknown, counts: number][] = [
      [`delete ${key}`, [key], () => cache.delete(key), 1],
      [`delete ${keysOf(row)}`, keysOf(row), () => keysOf(row).map(cache.delete), 2],
      [`deleteMany ${keysOf(row)}`, keysOf(row), () => cache.deleteMany(keysOf(row)), 2],
      [`write ${key}`, [key], () => write(cache, key), 0],
      ['clear', keys, () => cache.clear(), 1],
    ]
    if (tag !== undefined) {
      const tagged = rows.filter((other) => tagsOf[other].includes(tag)).flatMap(keysOf)
      ways.push([`invalidate ${tag}`, tagged, () => cache.invalidateTags([tag]), 1])
    }
    const [what, changed, act, counts] = pick(ways)
    invalidations += counts
    tell('thread', caches.indexOf(cache), what)
    const before = { ...version } // who hears of it may change more
    act()
    for (const each of changed) required[each] = Math.max(required[each], before[rowOf(each)])
  }

  function write(cache: Cache, key: Key): void {
    const row = rowOf(key)
    writing = true
    void cache.write(key, version[row], lifetime(row))
    writing = false
  }

  function lifetime(row: Row): LoadedOptions {
    return {
      ttlMs: upTo(30),
      staleWhileRevalidateMs: chance(0.5) ? upTo(40) : 0,
      staleIfErrorMs: chance(0.5) ? upTo(60) : 0,
      tags: tagsOf[row],
    }
  }

  function oddity(row: Row): LoadedOptions {
    if (chance(0.8)) return {}
    return pick<LoadedOptions>([
      { keep: false },
      { keep: pick(keysOf(row)) },
      { share: false },
      { failed: true },
      { failed: true, keep: false },
      { mustRevalidate: true },
      { bytes: 1e12 },
    ])
  }

  /** A load that looks at the database when it begins, when it ends, or at some moment between. */
  function load<A>(
    asked: readonly Key[],
    cache: Cache,
    signal: AbortSignal,
    answer: (brought: [Key, Loaded<number>][]) => A,
  ): Promise<A> {
    if (cache !== other) calls++
    if (!quiet && chance(0.05)) change(cache === other ? pick(caches) : cache)
    const { promise, resolve, reject } = Promise.withResolvers<A>()
    const said = asked.map((key) => ({ ...lifetime(rowOf(key)), ...oddity(rowOf(key)) }))
    const fails = chance(0.2)
    if (chance(0.5)) signal.addEventListener('abort', () => reject(signal.reason))
    const seen = new Map<Key, number>()
    function look(): void {
      for (const key of asked) if (!seen.has(key)) seen.set(key, version[rowOf(key)])
    }
    function settle(): void {
      look()
      const brought = asked.map((key, i): [Key, Loaded<number>] => [
        key,
        loaded(seen.get(key) as number, said[i] ?? {}), // it has looked at each
      ])
      for (const [key, { value, options }] of brought) {
        if (value < required[key]) met.add('outdated')
        tell('load of', key, fails ? 'fails' : 'brings', value, options)
      }
      if (fails) reject(new Error('down'))
      else resolve(answer(brought))
    }
    if (chance(0.6)) look()
    if (quiet || chance(0.1)) settle()
    else loads.push({ settle, look })
    return promise
  }

  function loadOf(key: Key, cache: Cache): Load<number> {
    return ({ signal }) => load([key], cache, signal, ([only]) => only?.[1] as Loaded<number>) // one was asked for
  }

  /** Now and then it has nothing for a key. */
  function loadManyOf(cache: Cache): LoadMany<number> {
    return (asked, { signal }) =>
      load(asked as readonly Key[], cache, signal, (brought) => brought.filter(() => !chance(0.1)))
  }

  function readOptions(strategy: Strategy): ReadOptions<number> {
    const options: ReadOptions<number> = { strategy }
    if (chance(0.1)) options.maxStaleMs = upTo(50)
    if (chance(0.15)) options.softTimeoutMs = upTo(20)
    if (chance(0.15)) options.hardTimeoutMs = upTo(60)
    if (chance(0.15)) options.earlyRefresh = 3
    if (chance(0.25)) {
      const retryable = (error: unknown) => error instanceof Error && error.message === 'down'
      options.retry = { attempts: 1 + upTo(3), baseMs: 10, maxMs: 30, retryable }
    }
    if (chance(0.15)) {
      const reader = new AbortController()
      readers.push(reader)
      options.signal = reader.signal
    }
    return options
  }

  function anyStrategy(): Strategy {
    return chance(0.7) ? 'refresh' : pick<Strategy>(['fresh', 'refresh', 'invalidate', 'bypass'])
  }

  function read(): void {
    const key = pick(keys)
    const cache = pick(caches)
    const strategy = anyStrategy()
    const atLeast = required[key]
    const n = ++reads
    tell('read', n, 'of', key, 'in thread', caches.indexOf(cache), strategy, 'at least', atLeast)
    watch(
      readOne(key, cache, strategy).then((read) => found(read, atLeast, `read ${n}`)),
      `read ${n}`,
    )
  }

  /** Some reads come from HTTP: they accept only some values, or share no load. */
  function readOne(key: Key, cache: Cache, strategy: Strategy): Promise<Read<number>> {
    const load = loadOf(key, cache)
    const options = readOptions(strategy)
    if (chance(0.8)) return cache.read(key, load, options)
    const accept = chance(0.5) ? { accept: (value: number) => value % 2 === 0 } : {}
    return internalRead(cache, key, load, { ...options, ...accept, shared: chance(0.7) })
  }

  function readMany(): void {
    const asked = Array.from({ length: 1 + upTo(5) }, () => pick(keys))
    const cache = pick(caches)
    const strategy = anyStrategy()
    const atLeast = { ...required }
    const n = reads + 1
    reads += new Set(asked).size
    tell('read', n, 'of', asked, 'in thread', caches.indexOf(cache), strategy, 'at least', atLeast)
    watch(
      cache.readMany(asked, loadManyOf(cache), readOptions(strategy)).then((many) => {
        assert.deepEqual([...many.keys()], [...new Set(asked)])
        for (const [key, read] of many) found(read, atLeast[key as Key], `read ${n} of ${key}`)
      }),
      `read ${n}`,
    )
  }

  function found({ outcome, tier, value }: Read<number | undefined>, atLeast: number, what: string): void {
    met.add(outcome)
    if (tier === 'remote') met.add('remote')
    tell(what, outcome, value)
    check(value, atLeast, `${what}, a ${outcome},`)
  }

  /** Waits for a read to end; what ends it beside an answer must be of a known kind. */
  function watch(read: Promise<void>, what: string): void {
    unsettled++
    read
      .catch((error: Error) => {
        const way = waysToFail[error.name === 'Error' ? error.message : error.name]
        if (way === undefined) throw error
        met.add(way)
        tell(what, way)
      })
      .catch((error: unknown) => {
        failure ??= error
      })
      .finally(() => {
        unsettled--
      })
  }

  function lookAt(): void {
    const key = pick(keys)
    const atLeast = required[key] // a lookup is heard of, too
    const peeks = chance(0.5)
    const cache = pick(caches)
    const found = peeks ? cache.peek<number>(key) : cache.lookup<number>(key)
    if (!peeks && found !== undefined) reads++
    check(found?.value, atLeast, `a look at ${key} in thread ${caches.indexOf(cache)}`)
  }

  function check(value: number | undefined, atLeast: number, what: string): void {
    if (value !== undefined && value < atLeast)
      assert.fail(told(`${what} gave ${value}, not ${atLeast} or more`))
  }

  function readElsewhere(): void {
    const key = pick(keys)
    tell('another process reads', key)
    other.read(key, loadOf(key, other)).catch(() => {})
  }

  function passTime(): void {
    letPass(upTo(15))
    tell(clock, 'ms')
  }

  function letPass(ms: number): void {
    const until = clock + ms
    for (let due = timers.due(until); due !== undefined; due = timers.due(until)) {
      clock = Math.max(clock, due.at)
      due.run()
    }
    clock = until
  }

  const steps: [weight: number, step: () => void][] = [
    [30, read],
    [10, readMany],
    [10, lookAt],
    [12, change],
    [4, () => invalidate(pick(rows))],
    [22, () => loads.splice(upTo(loads.length), 1)[0]?.settle()],
    [5, () => loads[upTo(loads.length)]?.look()],
    [8, passTime],
    [3, () => readers.splice(upTo(readers.length), 1)[0]?.abort()],
    [1, () => void pick(caches).stats()],
    [remote ? 30 : 0, readElsewhere],
  ]
  const weights = steps.reduce((sum, [weight]) => sum + weight, 0)

  function anyStep(): () => void {
    let at = random() * weights
    for (const [weight, step] of steps) {
      at -= weight
      if (at < 0) return step
    }
    return read
  }

  for (let i = 0; i < STEPS && failure === undefined; i++) {
    anyStep()()
    for (let turns = upTo(3); turns > 0; turns--) await undefined
  }
  quiet = true
  for (let idle = 0; (unsettled > 0 || callsTold < calls) && idle < 300; idle++) {
    if (loads.length > 0) idle = 0
    loads.shift()?.settle()
    letPass(1)
    await undefined
  }
  if (failure !== undefined) throw failure
  if (unsettled > 0) assert.fail(told(`${unsettled} reads did not end`))
  if (counted !== reads) assert.fail(told(`${counted} of ${reads} reads were counted`))
  if (invalidationsTold !== invalidations) {
    assert.fail(told(`${invalidationsTold} of ${invalidations} invalidations were told`))
  }
  if (callsTold !== calls) assert.fail(told(`${callsTold} of ${calls} loads were told`))
  for (const cache of caches) {
    for (const key of keys) check(cache.peek<number>(key)?.value, required[key], `${key}, at last,`)
  }
  return met
}

/** A remote tier that answers after some turns, or fails. */
function remoteStore(fails: () => boolean, delay: number): RemoteStore {
  const kept = new Map<string, Uint8Array>()
  async function answer<T>(work: () => T): Promise<T> {
    for (let turn = 0; turn < delay; turn++) await undefined
    if (fails()) throw new Error('no connection')
    const done = work()
    for (let turn = 0; turn < delay; turn++) await undefined
    return done
  }
  return {
    name: 'fake',
    get: (key) => answer(() => kept.get(key)),
    getMany: (keys) => answer(() => keys.map((key) => kept.get(key))),
    set: (key, bytes) => answer(() => void kept.set(key, bytes)),
    delete: (key) => answer(() => void kept.delete(key)),
    ping: () => answer(() => {}),
  }
}

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
