/** async-cache-dedupe: a function defined on the cache. Its references are the tags of other libraries. */
import { createCache } from 'async-cache-dedupe'
import { versionOf } from '../version-of.ts'
import { HOT, type Library, MAX_ENTRIES, type Opened, type Opening } from './workload.ts'

export const library: Library = { name: `async-cache-dedupe ${versionOf('async-cache-dedupe')}`, open }

function open({ load, ttlMs, tagged = false }: Opening): Opened {
  const references = tagged ? { references: (key: string) => [key] } : {}
  const cache = createCache({
    ttl: ttlMs / 1000,
    storage: { type: 'memory', options: { size: MAX_ENTRIES, invalidation: tagged } },
  }).define('user', references, load)

  return {
    async hit(times) {
      let sum = 0
      for (let i = 0; i < times; i++) sum += (await cache.user(HOT[i & 15] as string)).visits
      return sum
    },
    read: (key) => cache.user(key),
    delete: (key) => cache.clear('user', key),
    invalidateTag: (tag) => cache.invalidateAll(tag),
  }
}
