/** Processes with a cache each that share a fake remote store, a clock and a database. */
import type { Cache } from '../../../src/cache/cache.ts'
import { createCache } from '../../../src/cache/create-cache.ts'
import type { CacheEvent } from '../../../src/cache/events.ts'
import { loaded } from '../../../src/cache/lifetime.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { fakeRemoteStore } from '../../support/fake-remote-store.ts'

export function processesWithRemote({ memory = true, remoteTimeoutMs = 1000 } = {}) {
  const clock = { now: 1_800_000_000_000 }
  const remote = fakeRemoteStore()
  const database = { value: 1, loads: 0 }
  const events: CacheEvent[] = []
  const process = (): Cache =>
    createCache({
      ...(memory ? { memory: memoryStore() } : {}),
      remote,
      remoteTimeoutMs,
      now: () => clock.now,
      onEvent: (event) => events.push(event),
    })
  const load = () => {
    database.loads++
    return loaded(database.value, { ttlMs: 10_000, staleIfErrorMs: 60_000, tags: ['row'] })
  }
  /** Reads, waits until the remote tier has stored the loaded value, and returns value, outcome and tier. */
  async function read(cache: Cache, key = 'row'): Promise<[number, string, string | undefined]> {
    const work: Promise<unknown>[] = []
    const { value, outcome, tier } = await cache.read(key, load, { waitUntil: (w) => work.push(w) })
    await Promise.all(work)
    return [value, outcome, tier]
  }
  return { clock, remote, database, events, process, load, read }
}
