/** cachified over lru-cache, as in its README. */
import { type CacheEntry, type CachifiedOptions, cachified, totalTtl } from '@epic-web/cachified'
import { LRUCache } from 'lru-cache'
import { versionOf } from '../version-of.ts'
import { HOT, type Library, MAX_ENTRIES, type Opened, type Opening, type User } from './workload.ts'

export const library: Library = { name: `cachified ${versionOf('@epic-web/cachified')}`, open }

function open({ load, ttlMs }: Opening): Opened {
  const entries = new LRUCache<string, CacheEntry>({ max: MAX_ENTRIES })
  const cache: CachifiedOptions<User>['cache'] = {
    set(key, value) {
      const ttl = totalTtl(value.metadata)
      return entries.set(key, value, { ttl, start: value.metadata.createdTime })
    },
    get: (key) => entries.get(key),
    delete: (key) => entries.delete(key),
  }

  function optionsOf(key: string): CachifiedOptions<User> {
    return { key, cache, ttl: ttlMs, getFreshValue: () => load(key) }
  }
  const hot = HOT.map(optionsOf)

  return {
    async hit(times) {
      let sum = 0
      for (let i = 0; i < times; i++) sum += (await cachified(hot[i & 15] as CachifiedOptions<User>)).visits
      return sum
    },
    read: (key) => cachified(optionsOf(key)),
    delete: (key) => entries.delete(key),
  }
}
