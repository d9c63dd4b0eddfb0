/** A cache with a variable as its clock and a record of its events, and loaders that the test settles. */
import assert from 'node:assert/strict'
import type { Cache, CacheOptions } from '../../src/cache/cache.ts'
import { createCache } from '../../src/cache/create-cache.ts'
import type { About, CacheEvent } from '../../src/cache/events.ts'
import { httpReadsOf, type InternalLoad, type InternalReadOptions } from '../../src/cache/http-reads.ts'
import { createKeySpaces } from '../../src/cache/key-spaces.ts'
import type { LoadContext, LoadMany, Read } from '../../src/cache/read.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import type { MemoryStore } from '../../src/stores/store.ts'

export interface TestCache {
  cache: Cache
  store: MemoryStore
  /** Advances both clocks, and fires the timers due by then. */
  advance(ms: number): void
  /** The number of timers that have not fired. */
  pendingTimers(): number
  events: CacheEvent[]
  /** The events since the last call, numbered, one line each. */
  transcript(): string[]
  /** The outcomes of all reads counted so far. */
  outcomes(): string[]
}

export function testCache(options: CacheOptions = {}): TestCache {
  const events: CacheEvent[] = []
  const store = options.memory ?? memoryStore()
  const clock = virtualClock(Date.UTC(2026, 10, 1))
  let transcribed = 0

  const cache = createCache({
    memory: store,
    now: clock.now,
    jitter: 0,
    schedule: clock.schedule,
    timer: () => clock.now() / 2, // differs from `now`, so that a duration computed with the wrong clock is detected
    ...options,
    onEvent(event) {
      events.push(event)
      options.onEvent?.(event)
    },
  })

  return {
    cache,
    store,
    advance: clock.advance,
    pendingTimers: clock.pendingTimers,
    events,
    transcript() {
      const lines = events.slice(transcribed).map((event, i) => `${i + 1}. ${describeEvent(event)}`)
      transcribed = events.length
      return lines
    },
    outcomes: () => events.flatMap((event) => (event.type === 'read' ? [event.outcome] : [])),
  }
}

export interface VirtualClock {
  /** Epoch ms. */
  now(): number
  /** Starts a timer and returns the function that cancels it. */
  schedule(run: () => void, ms: number): () => void
  /** Advances the clock, and fires the timers that are due by then, in order. */
  advance(ms: number): void
  /** The number of timers that have not fired. */
  pendingTimers(): number
}

/** A clock that stands still until the test advances it. */
export function virtualClock(startMs: number): VirtualClock {
  const pending = new Set<{ dueAt: number; run: () => void }>()
  let clock = startMs

  function takeDue(until: number) {
    const [first] = [...pending].sort((one, other) => one.dueAt - other.dueAt)
    if (first === undefined || first.dueAt > until) return undefined
    pending.delete(first)
    return first
  }

  return {
    now: () => clock,
    schedule(run, ms) {
      const timer = { dueAt: clock + ms, run }
      pending.add(timer)
      return () => void pending.delete(timer)
    },
    advance(ms) {
      const until = clock + ms
      for (let timer = takeDue(until); timer !== undefined; timer = takeDue(until)) {
        clock = Math.max(clock, timer.dueAt)
        timer.run()
      }
      clock = until
    },
    pendingTimers: () => pending.size,
  }
}

function describeEvent(event: CacheEvent): string {
  switch (event.type) {
    case 'read':
      return `read: ${event.outcome}${event.tier ? `, ${event.tier}` : ''}`
    case 'load':
      return `load${event.keys === undefined ? '' : ` of ${event.keys}`}: ${event.result}${event.background ? ', background' : ''}`
    case 'tier':
      return `${event.tier} ${event.operation}: ${event.result}`
    case 'eviction':
      return `${event.tier} eviction: ${event.reason}`
    case 'invalidation':
      return `invalidation: ${event.count} by ${event.scope}`
    case 'bus':
      return `bus ${event.operation}: ${event.error}`
    case 'warning':
      return `warning: ${event.warning}`
    case 'lease':
      return `lease: ${event.result}`
    case 'lease-wait':
      return `wait for a lease: ${event.result}`
    case 'bus-message':
      return `bus message ${event.direction}`
    case 'audit':
      return `audit: ${event.result}`
    case 'bus-gap':
      return `bus gap: ${event.reason}`
  }
}

/** A load that fails the test when it is called. */
export const mustNotLoad = () => assert.fail('the load must not be called')

export const dbError = new Error('the database is down')
/** A load that rejects with `dbError`. */
export const failingLoad = () => Promise.reject(dbError)

/** A load of many keys that returns each key in upper case. */
export const upper: LoadMany<string> = (keys) => keys.map((key) => [key, key.toUpperCase()] as const)

/** One line per key of readMany: outcome and value, in order. */
export function resultLines<T>(reads: Map<string, Read<T>>): string[] {
  return Array.from(reads, ([key, { outcome, value }]) => `${key}: ${outcome} ${value}`)
}

/** A load in flight, for the test to settle. */
export interface PendingLoad<T> extends LoadContext {
  resolve(value: T): void
  reject(error: unknown): void
}

/** A load of many keys in flight, for the test to settle. */
export interface PendingBatch<T> extends PendingLoad<Iterable<readonly [string, T]>> {
  keys: readonly string[]
}

/** A loader whose loads settle when the test settles them. */
export function manualLoader<T = unknown>() {
  const loads: PendingLoad<T>[] = []

  function load({ signal, background }: LoadContext): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    loads.push({ signal, background, resolve, reject })
    return promise
  }

  return {
    load,
    /** The number of loads started. */
    get started() {
      return loads.length
    },
    /** The n-th load started, from 1. */
    nth: (n: number): PendingLoad<T> => nthOf(loads, n),
  }
}

/** As `manualLoader`, for loads of many keys. */
export function manualBatchLoader<T = unknown>() {
  const loads: PendingBatch<T>[] = []

  function load(keys: readonly string[], { signal, background }: LoadContext) {
    const { promise, resolve, reject } = Promise.withResolvers<Iterable<readonly [string, T]>>()
    loads.push({ keys, signal, background, resolve, reject })
    return promise
  }

  return {
    load,
    /** The keys of each load started, separated by spaces. */
    batches: () => loads.map(({ keys }) => keys.join(' ')),
    /** The n-th load started, from 1. */
    nth: (n: number): PendingBatch<T> => nthOf(loads, n),
  }
}

function nthOf<T>(loads: readonly T[], n: number): T {
  const load = loads[n - 1]
  if (load === undefined) throw new Error(`load ${n} was not started, only ${loads.length}`)
  return load
}

/** Runs the pending microtasks, and those that they start. */
export async function flush(count = 30): Promise<void> {
  for (let i = 0; i < count; i++) await undefined
}

/** The keys of data in a cache without a namespace. */
const { data } = createKeySpaces('test', '')

/** Resolves to the outcome and value of a read, or to `threw` and its error. */
export function resultOf(read: Promise<{ outcome: string; value: unknown }>): Promise<[string, unknown]> {
  return read.then(
    ({ outcome, value }) => [outcome, value],
    (error: unknown) => ['threw', error],
  )
}

/** A read of data with the options of the HTTP layer: `accept`, `retryKey`, `shared`, `about`. Rejects as `cache.read` does. */
export async function internalRead<T>(
  cache: Cache,
  key: string,
  load: InternalLoad<T>,
  options: InternalReadOptions<T>,
): Promise<Read<T>> {
  const reads = httpReadsOf('test', cache)
  const result = await reads.complete(reads.find<T>(key, data), load, options)
  if (!result.ok) throw result.error
  return result.read
}

/** A look-up of data with the options of the HTTP layer. */
export function internalLookup<T>(
  cache: Cache,
  key: string,
  accept?: (value: T) => boolean,
  about?: About,
): Read<T> | undefined {
  const reads = httpReadsOf('test', cache)
  return reads.hit(reads.find<T>(key, data), accept, about)
}
