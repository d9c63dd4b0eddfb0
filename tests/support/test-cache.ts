/** A cache to be watched: its clock is a variable, and what it tells is written down. */
import type { Cache, CacheOptions } from '../../src/cache/cache.ts'
import { createCache } from '../../src/cache/create-cache.ts'
import type { About, CacheEvent } from '../../src/cache/events.ts'
import { httpReadsOf, type InternalLoad, type InternalReadOptions } from '../../src/cache/http-reads.ts'
import type { LoadContext, Read } from '../../src/cache/read.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import type { MemoryStore } from '../../src/stores/store.ts'

export interface TestCache {
  cache: Cache
  store: MemoryStore
  /** Lets time pass, for both clocks, and what was to run in it run. */
  pass(ms: number): void
  /** How many timers are waited for. */
  timers(): number
  events: CacheEvent[]
  /** What was told since the last time it was asked, numbered. */
  transcript(): string[]
  /** The outcomes of the reads that were counted so far. */
  counted(): string[]
}

export function testCache(options: CacheOptions = {}): TestCache {
  const events: CacheEvent[] = []
  const store = options.memory ?? memoryStore()
  let clock = Date.UTC(2026, 10, 1)
  let told = 0
  const timers = virtualTimers()

  const cache = createCache({
    memory: store,
    now: () => clock,
    jitter: 0,
    schedule: (run, ms) => timers.add(clock + ms, run),
    timer: () => clock / 2, // a clock of its own: durations must not be made from the other one
    ...options,
    onEvent(event) {
      events.push(event)
      options.onEvent?.(event)
    },
  })

  return {
    cache,
    store,
    pass(ms) {
      const until = clock + ms
      for (let due = timers.due(until); due !== undefined; due = timers.due(until)) {
        clock = due.at
        due.run()
      }
      clock = until
    },
    timers: timers.count,
    events,
    transcript() {
      const lines = events.slice(told).map((event, i) => `${i + 1}. ${inWords(event)}`)
      told = events.length
      return lines
    },
    counted: () => events.flatMap((event) => (event.type === 'read' ? [event.outcome] : [])),
  }
}

interface VirtualTimer {
  at: number
  run: () => void
}

/** Timers that a test runs when it lets their time come. */
export function virtualTimers() {
  const waiting = new Set<VirtualTimer>()

  return {
    count: () => waiting.size,
    /** Returns how to call it off. */
    add(at: number, run: () => void): () => void {
      const timer = { at, run }
      waiting.add(timer)
      return () => void waiting.delete(timer)
    },
    /** Takes the first that is due by then. */
    due(until: number): VirtualTimer | undefined {
      let first: VirtualTimer | undefined
      for (const timer of waiting) if (first === undefined || timer.at < first.at) first = timer
      if (first === undefined || first.at > until) return undefined
      waiting.delete(first)
      return first
    },
  }
}

function inWords(event: CacheEvent): string {
  switch (event.type) {
    case 'read':
      return `read: ${event.outcome}${event.tier ? `, ${event.tier}` : ''}`
    case 'load':
      return `load${event.keys === undefined ? '' : ` of ${event.keys}`}: ${event.result}${event.background ? ', behind' : ''}`
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
  }
}

/** A load under way, for the test to settle. */
export interface PendingLoad<T> extends LoadContext {
  answer(value: T): void
  fail(error: unknown): void
}

/** A load of many keys under way, for the test to settle. */
export interface PendingLoads<T> extends PendingLoad<Iterable<readonly [string, T]>> {
  keys: readonly string[]
}

/** As `source`, for loads of many keys. */
export function manySource<T = unknown>() {
  const loads: PendingLoads<T>[] = []

  function load(keys: readonly string[], { signal, background }: LoadContext) {
    const { promise, resolve, reject } = Promise.withResolvers<Iterable<readonly [string, T]>>()
    loads.push({ keys, signal, background, answer: resolve, fail: reject })
    return promise
  }

  return {
    load,
    /** The keys of each load so far. */
    asked: () => loads.map(({ keys }) => keys.join(' ')),
    /** The load that began as the n-th, from 1. */
    nth(n: number): PendingLoads<T> {
      const load = loads[n - 1]
      if (load === undefined) throw new Error(`only ${loads.length} loads have begun, not ${n}`)
      return load
    },
  }
}

/** A source whose loads settle when the test says so, in the order of their beginning. */
export function source<T = unknown>() {
  const loads: PendingLoad<T>[] = []

  function load({ signal, background }: LoadContext): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    loads.push({ signal, background, answer: resolve, fail: reject })
    return promise
  }

  return {
    load,
    get begun() {
      return loads.length
    },
    /** The load that began as the n-th, from 1. */
    nth(n: number): PendingLoad<T> {
      const load = loads[n - 1]
      if (load === undefined) throw new Error(`only ${loads.length} loads have begun, not ${n}`)
      return load
    },
  }
}

/** Lets everything happen that waits for nothing but its turn. */
export async function flush(count = 30): Promise<void> {
  for (let i = 0; i < count; i++) await undefined
}

/** How a read ended, without throwing: its outcome and value, or its error. */
export function resultOf(read: Promise<{ outcome: string; value: unknown }>): Promise<[string, unknown]> {
  return read.then(
    ({ outcome, value }) => [outcome, value],
    (error: unknown) => ['threw', error],
  )
}

/** A read with the options that HTTP alone has: `accept`, `retryKey`, `shared`, `about`. Rejects as `cache.read` does. */
export async function internalRead<T>(
  cache: Cache,
  key: string,
  load: InternalLoad<T>,
  options: InternalReadOptions<T>,
): Promise<Read<T>> {
  const reads = httpReadsOf('test', cache)
  const result = await reads.complete(reads.find<T>(key), load, options)
  if (!result.ok) throw result.error
  return result.read
}

/** A look-up as HTTP makes it. */
export function internalLookup<T>(
  cache: Cache,
  key: string,
  accept?: (value: T) => boolean,
  about?: About,
): Read<T> | undefined {
  const reads = httpReadsOf('test', cache)
  return reads.hit(reads.find<T>(key), accept, about)
}
