/** How is this project's own cache used? With its metrics attached, as the service has it. */
import { createCache } from '../../src/cache/create-cache.ts'
import type { LoadContext, ReadOptions } from '../../src/cache/read.ts'
import { createInstruments } from '../../src/instruments/create-instruments.ts'
import { createRegistry, type Registry } from '../../src/metrics/index.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { version } from '../../src/version.ts'
import { HOT, type Library, type Opened, type Opening, ROOM, type User } from './workload.ts'

export const library: Library = { name: `hitrate ${version}`, open }

/** The same where nobody listens: what the metrics add. */
export const unheard: Library = { name: `hitrate ${version}, no metrics`, open: openUnheard }

function open(opening: Opening): Opened {
  const registry = createRegistry()
  const instruments = createInstruments({ registry, version, runtime: 'bench' })
  const cache = createCache({ memory: memoryStore({ maxEntries: ROOM }), onEvent: instruments.onCacheEvent })
  return { ...opened(cache, opening), counted: () => readsIn(registry) }
}

function openUnheard(opening: Opening): Opened {
  return opened(createCache({ memory: memoryStore({ maxEntries: ROOM }) }), opening)
}

function opened(cache: ReturnType<typeof createCache>, { load, ttlMs, tagged }: Opening): Opened {
  const options: ReadOptions<User> = { ttlMs }
  const loadHot = (_: LoadContext) => load(HOT[0] as string)

  return {
    async hit(times) {
      let sum = 0
      for (let i = 0; i < times; i++)
        sum += (await cache.read(HOT[i & 15] as string, loadHot, options)).value.visits
      return sum
    },
    async read(key) {
      return (await cache.read(key, () => load(key), tagged ? { ttlMs, tags: [key] } : options)).value
    },
    delete: (key) => cache.delete(key),
    invalidateTag: (tag) => cache.invalidateTags([tag]),
    lookup(times) {
      let sum = 0
      for (let i = 0; i < times; i++) sum += cache.lookup<User>(HOT[i & 15] as string)?.value.visits ?? 0
      return sum
    },
  }
}

function readsIn(registry: Registry): number {
  const { families } = registry.collect()
  const reads = families.find(({ name, type }) => type === 'counter' && name.startsWith('cache_reads'))
  return reads?.values.reduce((sum, value) => sum + value, 0) ?? 0
}
