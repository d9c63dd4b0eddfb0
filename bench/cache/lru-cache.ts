/** lru-cache: read through with `fetch`, whose load function is an option of the cache. */
import { LRUCache } from 'lru-cache'
import { versionOf } from '../version-of.ts'
import { HOT, type Library, MAX_ENTRIES, type Opened, type Opening, type User } from './workload.ts'

export const library: Library = { name: `lru-cache ${versionOf('lru-cache')}`, open }

function open({ load, ttlMs }: Opening): Opened {
  const cache = new LRUCache<string, User>({ max: MAX_ENTRIES, ttl: ttlMs, fetchMethod: load })

  return {
    async hit(times) {
      let sum = 0
      for (let i = 0; i < times; i++) sum += (await cache.fetch(HOT[i & 15] as string))?.visits ?? 0
      return sum
    },
    read: (key) => cache.fetch(key),
    delete: (key) => cache.delete(key),
    lookup(times) {
      let sum = 0
      for (let i = 0; i < times; i++) sum += cache.get(HOT[i & 15] as string)?.visits ?? 0
      return sum
    },
  }
}
