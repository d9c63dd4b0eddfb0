/** A cache to be watched: its clock is a variable, and what it tells is written down. */
import { type Cache, type CacheOptions, createCache, type LoadContext } from '../../src/cache/cache.ts'
import type { CacheEvent } from '../../src/cache/events.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import type { MemoryStore } from '../../src/stores/store.ts'

export interface Stage {
  cache: Cache
  store: MemoryStore
  /** Lets time pass, for both clocks. */
  pass(ms: number): void
  events: CacheEvent[]
  /** What was told since the last time it was asked, numbered. */
  transcript(): string[]
  /** The outcomes of the reads that were counted so far. */
  counted(): string[]
}

export function stage(options: CacheOptions = {}): Stage {
  const events: CacheEvent[] = []
  const store = options.memory ?? memoryStore()
  let clock = Date.UTC(2026, 10, 1)
  let told = 0

  const cache = createCache({
    memory: store,
    now: () => clock,
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
      clock += ms
    },
    events,
    transcript() {
      const lines = events.slice(told).map((event, i) => `${i + 1}. ${inWords(event)}`)
      told = events.length
      return lines
    },
    counted: () => events.flatMap((event) => (event.type === 'read' ? [event.outcome] : [])),
  }
}

function inWords(event: CacheEvent): string {
  switch (event.type) {
    case 'read':
      return `read: ${event.outcome}${event.tier ? `, ${event.tier}` : ''}`
    case 'load':
      return `load: ${event.result}${event.background ? ', behind' : ''}`
    case 'tier':
      return `${event.tier} ${event.operation}: ${event.result}`
    case 'eviction':
      return `${event.tier} eviction: ${event.reason}`
    case 'invalidation':
      return `invalidation: ${event.count} by ${event.scope}`
  }
}

/** A load under way, for the test to settle. */
export interface PendingLoad<T> extends LoadContext {
  answer(value: T): void
  fail(error: unknown): void
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
export async function turns(count = 30): Promise<void> {
  for (let i = 0; i < count; i++) await undefined
}

/** How a read ended, without throwing: its outcome and value, or its error. */
export function ended(read: Promise<{ outcome: string; value: unknown }>): Promise<[string, unknown]> {
  return read.then(
    ({ outcome, value }) => [outcome, value],
    (error: unknown) => ['threw', error],
  )
}
