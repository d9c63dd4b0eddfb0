/** The reads and writes of `http/`: those of the cache, with the keys of HTTP responses. */
import type { CacheCore } from '../core.ts'
import type { HttpReads } from '../http-reads.ts'
import type { Tiers } from '../tiers/tiers.ts'
import type { Codec } from '../values/codec.ts'
import { createWrites } from '../writes.ts'
import type { Lookups } from './lookups.ts'
import type { Reads } from './reads.ts'

export function createHttpReads(core: CacheCore, tiers: Tiers, lookups: Lookups, reads: Reads): HttpReads {
  const { http } = core.keys
  const { write, deleteMany, expire, noteChanges } = createWrites(core, tiers, http)

  async function isStored(keys: readonly string[], codec: Codec): Promise<boolean> {
    if (!core.enabled) return false
    const storeKeys = keys.map(http.toStoreKey).filter((storeKey) => storeKey !== undefined)
    core.sync.applyPending()
    tiers.memory.sweep()
    if (storeKeys.some((storeKey) => tiers.memory.lastKnown(storeKey) !== undefined)) return true
    const remote = tiers.remote?.reads
    const found = storeKeys.map((storeKey) => remote?.read(storeKey, codec, { lease: false }))
    return (await Promise.all(found)).some((result) => result?.kind === 'value')
  }

  return {
    schedule: core.schedule,
    audits: core.audit !== undefined,
    deriveTags: http.deriveTags,
    find: (key, keys = http) => lookups.find(key, keys),
    skipLookup: (key) => lookups.skipLookup(key, http),
    hit: (found, accept, about, durationMs, isAudited) =>
      lookups.hit(found, accept, about, durationMs, isAudited),
    elapsedMs: (found) => lookups.elapsedMs(found),
    complete: (found, load, options) => reads.complete(found, load, options),
    isStored,
    write,
    deleteMany,
    expire,
    noteChanges,
  }
}
