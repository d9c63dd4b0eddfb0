/** The reads and writes of `http/`: those of the cache, with the keys of HTTP responses. */
import type { CacheCore } from '../core.ts'
import type { HttpReads } from '../http-reads.ts'
import type { Tiers } from '../tiers/tiers.ts'
import { createWrites } from '../writes.ts'
import type { Reads } from './reads.ts'

export function createHttpReads(core: CacheCore, tiers: Tiers, reads: Reads): HttpReads {
  const { http } = core.keys
  const { write, deleteMany, noteChanges } = createWrites(core, tiers, http)
  return {
    schedule: core.schedule,
    find: (key, keys = http) => reads.find(key, keys),
    skipLookup: (key) => reads.skipLookup(key, http),
    hit: (found, accept, about) => reads.hit(found, accept, about),
    complete: (found, load, options) => reads.complete(found, load, options),
    write,
    deleteMany,
    noteChanges,
  }
}
