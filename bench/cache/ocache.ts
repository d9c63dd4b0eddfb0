/** ocache: a cached function over its own memory storage. */
import { createMemoryStorage, defineCachedFunction } from 'ocache'
import { versionOf } from '../version-of.ts'
import { HOT, type Library, MAX_ENTRIES, type Opened, type Opening } from './workload.ts'

export const library: Library = { name: `ocache ${versionOf('ocache')}`, open }

function open({ load, ttlMs }: Opening): Opened {
  const user = defineCachedFunction((key: string) => load(key), {
    name: 'user',
    getKey: (key) => key,
    maxAge: ttlMs / 1000,
    storage: createMemoryStorage({ maxSize: MAX_ENTRIES }),
  })

  return {
    async hit(times) {
      let sum = 0
      for (let i = 0; i < times; i++) sum += (await user(HOT[i & 15] as string)).visits
      return sum
    },
    read: (key) => user(key),
    delete: (key) => user.invalidate(key),
  }
}
