/** One random interleaving of reads, loads, writes and invalidations in the threads of a process, checked against a model. */
import assert from 'node:assert/strict'
import type { Cache, CacheOptions } from '../../../src/cache/cache.ts'
import { createCache } from '../../../src/cache/create-cache.ts'
import type { CacheEvent } from '../../../src/cache/events.ts'
import type { InvalidationBus } from '../../../src/cache/invalidation/invalidation-bus.ts'
import type { Load, LoadMany, Read, Strategy } from '../../../src/cache/read.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { type FakeRemoteStore, fakeRemoteStore } from '../fake-remote-store.ts'
import { internalRead, virtualClock } from '../test-cache.ts'
import { createDice, type Dice } from './dice.ts'
import { type LoadedPairs, ModelDatabase } from './model-database.ts'
import {
  type Key,
  keys,
  keysOf,
  type Row,
  randomLifetime,
  randomReadOptions,
  randomStrategy,
  rowOf,
  rows,
  tagsOf,
} from './rows.ts'
import { Transcript } from './transcript.ts'

const STEPS = 30

/** The errors that a read may reject with, by name or message, and the event recorded for each. */
const expectedErrors: Record<string, string> = {
  AbortError: 'stopped',
  DeadlineError: 'deadline',
  down: 'error',
}

interface Counts {
  reads: number
  loads: number
  invalidations: number
}

export class Interleaving {
  /** The outcomes and other events that occurred. */
  readonly seen = new Set<string>()
  readonly #seed: number
  readonly #dice: Dice
  readonly #database: ModelDatabase
  readonly #caches: readonly Cache[]
  /** Another process: it may store old values in the remote tier, which must not be served then. */
  readonly #otherProcess: Cache
  readonly #remote: FakeRemoteStore | undefined
  readonly #clock = virtualClock(1_000_000)
  readonly #aborts: AbortController[] = []
  readonly #steps: readonly [weight: number, step: () => void][]
  readonly #transcript = new Transcript()
  /** The calls made, and the events that report them. */
  readonly #made: Counts = { reads: 0, loads: 0, invalidations: 0 }
  readonly #reported: Counts = { reads: 0, loads: 0, invalidations: 0 }
  #unsettledReads = 0
  #failure: unknown
  /** Caches read the clock while they are created, when there is nothing to interrupt yet. */
  #isPlaying = false
  /** No random interruptions: at the end, and while an event listener changes rows. */
  #isQuiet = false
  /** The thread that is being interrupted: it cannot act meanwhile. */
  #interruptedThread: number | undefined
  /** A write has its value and has not read the bus yet: an invalidation by another thread now is older than the write. */
  #isWriting = false

  constructor(seed: number, threadsOf: (dice: Dice) => readonly InvalidationBus[]) {
    this.#seed = seed
    this.#dice = createDice(seed)
    this.#database = new ModelDatabase(this.#dice, (key, value, fails) => {
      if (value < this.#database.required[key]) this.seen.add('outdated')
      this.#transcript.record('load of', key, fails ? 'fails with' : 'returns', value)
    })
    const { chance } = this.#dice
    this.#remote = chance(0.5) ? this.#remoteStore() : undefined
    const coalesce = chance(0.75)
    const buses = threadsOf(this.#dice)
    this.#caches =
      buses.length === 0
        ? [this.#cacheOf(0, undefined, coalesce)]
        : buses.map((bus, thread) => this.#cacheOf(thread, bus, coalesce))
    this.#otherProcess = createCache(this.#sharedOptions())
    this.#steps = this.#weightedSteps()
  }

  /** Plays all steps, settles the rest, and asserts that every read and every event agrees with the model. */
  async play(): Promise<void> {
    this.#isPlaying = true
    for (let i = 0; i < STEPS && this.#failure === undefined; i++) {
      this.#anyStep()()
      for (let ticks = this.#dice.upTo(3); ticks > 0; ticks--) await undefined
    }
    this.#isQuiet = true
    await this.#settleAllAndCheck()
  }

  get #required(): Record<Key, number> {
    return this.#database.required
  }

  #remoteStore(): FakeRemoteStore {
    const { chance, upTo } = this.#dice
    const maxTicks = upTo(6)
    /** Of a random length, so that operations and their answers overtake each other. */
    const delay = async () => {
      for (let ticks = upTo(maxTicks); ticks > 0; ticks--) await undefined
    }
    return fakeRemoteStore({
      now: this.#clock.now,
      before: async () => {
        await delay()
        if (!this.#isQuiet && chance(0.03)) throw new Error('no connection')
      },
      after: delay,
    })
  }

  #sharedOptions(): CacheOptions {
    return {
      now: this.#clock.now,
      timer: this.#clock.now,
      schedule: this.#clock.schedule,
      random: this.#dice.random,
      ...(this.#remote ? { remote: this.#remote, leaseMs: 50, maxUnsyncedMs: 20 } : {}),
    }
  }

  #cacheOf(thread: number, bus: InvalidationBus | undefined, coalesce: boolean): Cache {
    const { chance, upTo } = this.#dice
    const now = () => {
      this.#interrupt(thread)
      return this.#clock.now()
    }
    return createCache({
      ...this.#sharedOptions(),
      ...(bus === undefined ? {} : { now, timer: now, invalidationBus: this.#interruptedBus(thread, bus) }),
      // Memory answers first, so a cache without it reads the remote tier more often.
      ...(chance(this.#remote ? 0.6 : 0.9)
        ? { memory: memoryStore(chance(0.3) ? { maxEntries: 1 + upTo(3) } : {}) }
        : {}),
      coalesce,
      onEvent: (event) => this.#onEvent(thread, event),
    })
  }

  #interruptedBus(thread: number, bus: InvalidationBus): InvalidationBus {
    return {
      publish: (marks) => {
        this.#interrupt(thread)
        void bus.publish(marks)
        this.#interrupt(thread)
      },
      take: (apply) => {
        this.#interrupt(thread)
        bus.take((mark) => {
          this.seen.add(mark === 'everything' || mark === 'lost' ? 'received everything' : 'received')
          apply(mark)
        })
        this.#isWriting = false
        this.#interrupt(thread)
      },
    }
  }

  /** While one thread is in the middle of an operation, another thread sometimes changes rows. */
  #interrupt(thread: number): void {
    if (!this.#isPlaying || this.#isQuiet || this.#isWriting || this.#interruptedThread !== undefined) return
    if (!this.#dice.chance(0.03)) return
    this.#interruptedThread = thread
    this.seen.add('interrupted')
    this.#transcript.record('meanwhile, not in thread', thread)
    this.#change(this.#dice.pick(this.#caches.filter((_, i) => i !== thread)))
    this.#interruptedThread = undefined
  }

  /** Counts the reported calls, and sometimes changes rows inside the listener. */
  #onEvent(thread: number, event: CacheEvent): void {
    if (event.type === 'read') this.#reported.reads++
    if (event.type === 'load') {
      this.#reported.loads++
      if ((event.keys ?? 0) > 1) this.seen.add('many')
      if (event.retryInMs !== undefined) this.seen.add('retried')
    }
    if (event.type === 'invalidation') this.#reported.invalidations += event.count
    if (event.type === 'eviction') this.seen.add('evicted')
    if (event.type === 'lease') this.seen.add(`lease ${event.result}`)
    if (event.type === 'lease-wait') this.seen.add(`wait for ${event.result}`)
    if (!this.#isPlaying || this.#isQuiet || !this.#dice.chance(0.05)) return
    this.#isQuiet = true
    this.#transcript.record('in a listener of', event.type)
    this.#change(this.#caches[thread])
    this.#isQuiet = false
  }

  /** Changes a row, and usually invalidates its entries. */
  #change(cache = this.#dice.pick(this.#caches)): void {
    const row = this.#dice.pick(rows)
    this.#database.version[row]++
    this.#transcript.record(row, '=', this.#database.version[row])
    if (this.#dice.chance(0.85)) this.#invalidate(row, cache)
  }

  #invalidate(row: Row, cache = this.#dice.pick(this.#caches)): void {
    const { pick } = this.#dice
    const [key, tag] = [pick(keysOf(row)), pick(tagsOf[row])]
    const choices: [name: string, invalidated: readonly Key[], run: () => unknown, count: number][] = [
      [`delete ${key}`, [key], () => cache.delete(key), 1],
      [`delete ${keysOf(row)}`, keysOf(row), () => keysOf(row).map(cache.delete), 2],
      [`deleteMany ${keysOf(row)}`, keysOf(row), () => cache.deleteMany(keysOf(row)), 2],
      [`write ${key}`, [key], () => this.#write(cache, key), 0],
    ]
    // Rarely, because it leaves nothing in the remote tier.
    if (this.#dice.chance(0.25)) choices.push(['clear', keys, () => cache.clear(), 1])
    if (tag !== undefined) {
      const tagged = rows.filter((other) => tagsOf[other].includes(tag)).flatMap(keysOf)
      choices.push([`invalidate ${tag}`, tagged, () => cache.invalidateTags([tag]), 1])
    }
    const [name, invalidated, run, count] = pick(choices)
    this.#made.invalidations += count
    this.#transcript.record('thread', this.#caches.indexOf(cache), name)
    const before = { ...this.#database.version } // a listener may change rows during run()
    run()
    this.#database.require(invalidated, before)
  }

  #write(cache: Cache, key: Key): void {
    const row = rowOf(key)
    this.#isWriting = true
    void cache.write(key, this.#database.version[row], randomLifetime(this.#dice, row))
    this.#isWriting = false
  }

  #load<T>(
    requested: readonly Key[],
    cache: Cache,
    signal: AbortSignal,
    resultOf: (pairs: LoadedPairs) => T,
  ): Promise<T> {
    if (cache !== this.#otherProcess) this.#made.loads++
    if (!this.#isQuiet && this.#dice.chance(0.05)) {
      this.#change(cache === this.#otherProcess ? this.#dice.pick(this.#caches) : cache)
    }
    // The loads of the other process are short, so that the remote tier has values to read.
    const settlesAtOnce = this.#isQuiet || this.#dice.chance(cache === this.#otherProcess ? 0.7 : 0.1)
    return this.#database.load(requested, signal, settlesAtOnce, resultOf)
  }

  #loadOf(key: Key, cache: Cache): Load<number> {
    return ({ signal }) =>
      this.#load([key], cache, signal, (pairs) => {
        const [pair] = pairs
        return pair?.[1] ?? assert.fail('a load of one key has one pair')
      })
  }

  /** Sometimes omits a key. */
  #loadManyOf(cache: Cache): LoadMany<number> {
    return (requested, { signal }) =>
      this.#load(requested as readonly Key[], cache, signal, (pairs) =>
        pairs.filter(() => !this.#dice.chance(0.1)),
      )
  }

  #read(): void {
    const key = this.#dice.pick(keys)
    const cache = this.#dice.pick(this.#caches)
    const strategy = randomStrategy(this.#dice)
    const atLeast = this.#required[key]
    const name = `read ${++this.#made.reads}`
    this.#transcript.record(
      name,
      'of',
      key,
      'in thread',
      this.#caches.indexOf(cache),
      strategy,
      'at least',
      atLeast,
    )
    this.#watch(
      this.#readOne(key, cache, strategy).then((read) => this.#checkRead(read, atLeast, name)),
      name,
    )
  }

  /** Some reads have the options of the HTTP layer: they accept some values only, or share no load. */
  #readOne(key: Key, cache: Cache, strategy: Strategy): Promise<Read<number>> {
    const { chance } = this.#dice
    const load = this.#loadOf(key, cache)
    const options = { ...randomReadOptions(this.#dice, strategy), ...this.#randomSignal() }
    if (chance(0.8)) return cache.read(key, load, options)
    const accept = chance(0.5) ? { accept: (value: number) => value % 2 === 0 } : {}
    return internalRead(cache, key, load, { ...options, ...accept, shared: chance(0.7) })
  }

  #readMany(): void {
    const { pick, upTo } = this.#dice
    const requested = Array.from({ length: 1 + upTo(5) }, () => pick(keys))
    const cache = pick(this.#caches)
    const strategy = randomStrategy(this.#dice)
    const atLeast = { ...this.#required }
    const name = `read ${this.#made.reads + 1}`
    this.#made.reads += new Set(requested).size
    this.#transcript.record(
      name,
      'of',
      requested,
      'in thread',
      this.#caches.indexOf(cache),
      strategy,
      'at least',
      atLeast,
    )
    const options = { ...randomReadOptions(this.#dice, strategy), ...this.#randomSignal() }
    this.#watch(
      cache.readMany(requested, this.#loadManyOf(cache), options).then((reads) => {
        assert.deepEqual([...reads.keys()], [...new Set(requested)])
        for (const [key, read] of reads) this.#checkRead(read, atLeast[key as Key], `${name} of ${key}`)
      }),
      name,
    )
  }

  #randomSignal(): { signal?: AbortSignal } {
    if (!this.#dice.chance(0.15)) return {}
    const reader = new AbortController()
    this.#aborts.push(reader)
    return { signal: reader.signal }
  }

  /** Waits for a read to settle, and fails the interleaving on an unexpected error. */
  #watch(read: Promise<void>, name: string): void {
    this.#unsettledReads++
    read
      .catch((error: Error) => {
        const expected = expectedErrors[error.name === 'Error' ? error.message : error.name]
        if (expected === undefined) throw error
        this.seen.add(expected)
        this.#transcript.record(name, expected)
      })
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .finally(() => {
        this.#unsettledReads--
      })
  }

  #lookUp(): void {
    const { chance, pick } = this.#dice
    const key = pick(keys)
    const atLeast = this.#required[key] // the listener of the look-up may raise it
    const peeks = chance(0.5)
    const cache = pick(this.#caches)
    const found = peeks ? cache.peek<number>(key) : cache.lookup<number>(key)
    if (!peeks && found !== undefined) this.#made.reads++
    this.#check(found?.value, atLeast, `a look-up of ${key} in thread ${this.#caches.indexOf(cache)}`)
  }

  #readInOtherProcess(): void {
    const key = this.#dice.pick(keys)
    this.#transcript.record('another process reads', key)
    this.#otherProcess.read(key, this.#loadOf(key, this.#otherProcess)).catch(() => {})
  }

  #weightedSteps(): [weight: number, step: () => void][] {
    const { pick, upTo } = this.#dice
    return [
      [30, () => this.#read()],
      [10, () => this.#readMany()],
      [10, () => this.#lookUp()],
      [12, () => this.#change()],
      [4, () => this.#invalidate(pick(rows))],
      [22, () => this.#database.settle(upTo(this.#database.pendingLoads))],
      [5, () => this.#database.readRows(upTo(this.#database.pendingLoads))],
      [8, () => this.#clock.advance(upTo(15))],
      [3, () => this.#aborts.splice(upTo(this.#aborts.length), 1)[0]?.abort()],
      [1, () => void pick(this.#caches).stats()],
      [this.#remote ? 30 : 0, () => this.#readInOtherProcess()],
    ]
  }

  #anyStep(): () => void {
    let rest = this.#dice.random() * this.#steps.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, step] of this.#steps) {
      rest -= weight
      if (rest < 0) return step
    }
    return () => this.#read()
  }

  async #settleAllAndCheck(): Promise<void> {
    for (let idle = 0; this.#isUnsettled() && idle < 300; idle++) {
      if (this.#database.pendingLoads > 0) idle = 0
      this.#database.settle(0)
      this.#clock.advance(1)
      await undefined
    }
    this.#checkEnd() // before any further microtask, because a load whose reads have all rejected may start in it
  }

  #checkEnd(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#unsettledReads > 0) this.#fail(`${this.#unsettledReads} reads did not settle`)
    for (const name of ['reads', 'invalidations', 'loads'] as const) {
      const [made, reported] = [this.#made[name], this.#reported[name]]
      if (reported !== made) this.#fail(`${reported} of ${made} ${name} were reported`)
    }
    for (const cache of this.#caches) {
      for (const key of keys)
        this.#check(cache.peek<number>(key)?.value, this.#required[key], `${key}, at the end,`)
    }
  }

  #isUnsettled(): boolean {
    return this.#unsettledReads > 0 || this.#reported.loads < this.#made.loads
  }

  #checkRead({ outcome, tier, value }: Read<number | undefined>, atLeast: number, name: string): void {
    this.seen.add(outcome)
    if (tier === 'remote') this.seen.add('remote')
    this.#transcript.record(name, outcome, value)
    this.#check(value, atLeast, `${name}, a ${outcome},`)
  }

  #check(value: number | undefined, atLeast: number, name: string): void {
    if (value !== undefined && value < atLeast)
      this.#fail(`${name} returned ${value}, not ${atLeast} or more`)
  }

  #fail(message: string): never {
    assert.fail(`${message}, from seed ${this.#seed}:
${this.#transcript}`)
  }
}
