/** cacheable: `getOrSet` over its own memory. Only `set` takes tags. */
import { Cacheable, createKeyv } from 'cacheable'
import { versionOf } from '../version-of.ts'
import { HOT, type Library, MAX_ENTRIES, type Opened, type Opening } from './workload.ts'

export const library: Library = { name: `cacheable ${versionOf('cacheable')}`, open }

function open({ load, ttlMs, tagged = false }: Opening): Opened {
  const cache = new Cacheable({ primary: createKeyv({ lruSize: MAX_ENTRIES }), ttl: ttlMs, tags: tagged })
  const loadHot = () => load(HOT[0] as string)

  /** Reads through `get` and `set`, because `getOrSet` takes no tags. */
  async function readTagged(key: string) {
    const stored = await cache.get<Awaited<ReturnType<typeof load>>>(key)
    if (stored !== undefined) return stored
    const user = await load(key)
    await cache.set(key, user, { tags: [key] })
    return user
  }

  return {
    async hit(times) {
      let sum = 0
      for (let i = 0; i < times; i++)
        sum += (await cache.getOrSet(HOT[i & 15] as string, loadHot))?.visits ?? 0
      return sum
    },
    read: (key) => (tagged ? readTagged(key) : cache.getOrSet(key, () => load(key))),
    delete: (key) => cache.delete(key),
    invalidateTag: (tag) => cache.tags.invalidateTag(tag),
  }
}
