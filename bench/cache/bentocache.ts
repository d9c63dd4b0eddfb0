/** bentocache in its fastest form: the memory layer alone, without serialization. */
import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { versionOf } from '../version-of.ts'
import { HOT, type Library, MAX_ENTRIES, type Opened, type Opening } from './workload.ts'

export const library: Library = { name: `bentocache ${versionOf('bentocache')}`, open }

function open({ load, ttlMs, tagged }: Opening): Opened {
  const memory = bentostore().useL1Layer(memoryDriver({ maxItems: MAX_ENTRIES, serialize: false }))
  const cache = new BentoCache({ default: 'memory', ttl: ttlMs, stores: { memory } }).use('memory')
  const optionsOf = (key: string) => ({ key, factory: () => load(key) })
  const hot = HOT.map(optionsOf)

  return {
    async hit(times) {
      let sum = 0
      for (let i = 0; i < times; i++)
        sum += (await cache.getOrSet(hot[i & 15] as ReturnType<typeof optionsOf>)).visits
      return sum
    },
    read: (key) => cache.getOrSet({ ...optionsOf(key), ...(tagged && { tags: [key] }) }),
    delete: (key) => cache.delete({ key }),
    invalidateTag: (tag) => cache.deleteByTag({ tags: [tag] }),
  }
}
