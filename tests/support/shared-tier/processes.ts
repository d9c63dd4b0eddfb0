/** Processes with a cache each that share a fake store, a clock and a database. */
import type { Cache, CacheOptions } from '../../../src/cache/cache.ts'
import { createCache } from '../../../src/cache/create-cache.ts'
import type { CacheEvent } from '../../../src/cache/events.ts'
import { type LoadedOptions, loaded } from '../../../src/cache/lifetime.ts'
import type { Load, ReadOptions } from '../../../src/cache/read.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { type FakeRemoteStoreOptions, fakeRemoteStore } from '../fake-remote-store.ts'
import { flush, virtualClock } from '../test-cache.ts'
import { passTime } from './test-core.ts'

export interface ProcessesOptions {
  /** False for caches without a memory tier. Default: true. */
  memory?: boolean
  store?: FakeRemoteStoreOptions
  /** Options of every cache. */
  cache?: CacheOptions
  /** Options of the values that `load` returns. */
  loaded?: LoadedOptions
}

export function processes(options: ProcessesOptions = {}) {
  const { memory = true } = options
  const clock = virtualClock(1_800_000_000_000)
  const remote = fakeRemoteStore({ now: clock.now, ...options.store })
  const database = { value: 1, loads: 0 }
  const events: CacheEvent[] = []
  let reported = 0
  /** Lets time pass for all processes. */
  const pass = (ms: number) => passTime(clock, ms)

  const process = (own: CacheOptions = {}): Cache =>
    createCache({
      ...(memory ? { memory: memoryStore() } : {}),
      remote,
      now: clock.now,
      timer: clock.now,
      schedule: clock.schedule,
      jitter: 0,
      ...options.cache,
      ...own,
      onEvent: (event) => events.push(event),
    })

  const load = () => {
    database.loads++
    const lifetime = { ttlMs: 10_000, staleIfErrorMs: 60_000, tags: ['row'] }
    return loaded(database.value, { ...lifetime, ...options.loaded })
  }

  return {
    clock,
    remote,
    database,
    events,
    pass,
    process,
    load,
    /** Starts processes, and lets time pass until the messages of the others arrive in each. */
    async start(count: number): Promise<Cache[]> {
      const started = Array.from({ length: count }, () => process())
      await pass(1000)
      return started
    },
    /** Reads, waits until the remote tier has stored the loaded value, and returns value, outcome and tier. */
    async read(cache: Cache, key = 'row'): Promise<[number, string, string | undefined]> {
      const work: Promise<unknown>[] = []
      const { value, outcome, tier } = await cache.read(key, load, { waitUntil: (w) => work.push(w) })
      await Promise.all(work)
      await flush(100)
      return [value, outcome, tier]
    },
    /** A read in flight: its result once it has settled. */
    begin<T>(cache: Cache, loadValue: Load<T>, readOptions?: ReadOptions<T>) {
      const read: { result: [unknown, string, string | undefined] | undefined } = { result: undefined }
      void cache.read('row', loadValue, readOptions).then(
        ({ value, outcome, tier }) => {
          read.result = [value, outcome, tier]
        },
        (error: unknown) => {
          read.result = [error, 'threw', undefined]
        },
      )
      return read
    },
    /** The operations of the remote tier since the last call. */
    operations() {
      const recent = events.slice(reported)
      reported = events.length
      return recent.flatMap((event) =>
        event.type === 'tier' && event.tier === 'remote' ? [`${event.operation} ${event.result}`] : [],
      )
    },
  }
}
