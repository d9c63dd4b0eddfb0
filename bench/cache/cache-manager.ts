/**
 * cache-manager in its fastest form: `wrap` over Keyv's own Map, without serialization. That Map is unbounded; the bounded
 * store, cacheable's, makes every read several times as slow.
 */
import { createCache } from 'cache-manager'
import { Keyv } from 'cacheable'
import { versionOf } from '../version-of.ts'
import { HOT, type Library, type Opened, type Opening } from './workload.ts'

export const library: Library = { name: `cache-manager ${versionOf('cache-manager')}`, open }

function open({ load, ttlMs }: Opening): Opened {
  const keyv = new Keyv()
  keyv.serialize = undefined
  keyv.deserialize = undefined
  const cache = createCache({ stores: [keyv], ttl: ttlMs })
  const loadHot = () => load(HOT[0] as string)

  return {
    async hit(times) {
      let sum = 0
      for (let i = 0; i < times; i++) sum += (await cache.wrap(HOT[i & 15] as string, loadHot)).visits
      return sum
    },
    read: (key) => cache.wrap(key, () => load(key)),
    delete: (key) => cache.del(key),
  }
}
