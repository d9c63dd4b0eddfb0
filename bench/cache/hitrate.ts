/** hitrate with its metrics attached, as in the service. */
import { createCache } from '../../src/cache/create-cache.ts'
import type { LoadContext, ReadOptions } from '../../src/cache/read.ts'
import { createInstruments } from '../../src/instruments/create-instruments.ts'
import { createRegistry, type Registry } from '../../src/metrics/index.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { version } from '../../src/version.ts'
import { HOT, type Library, MAX_ENTRIES, type Opened, type Opening, type User } from './workload.ts'

export const library: Library = { name: `hitrate ${version}`, open }

/** The same cache without a listener, to show the cost of the metrics. */
export const withoutMetrics: Library = { name: `hitrate ${version}, no metrics`, open: openWithoutMetrics }

function open(opening: Opening): Opened {
  const registry = createRegistry()
  const instruments = createInstruments({ registry, version, runtime: 'bench' })
  const cache = createCache({
    memory: memoryStore({ maxEntries: MAX_ENTRIES }),
    onEvent: instruments.onCacheEvent,
  })
  return { ...opened(cache, opening), counted: () => readsIn(registry) }
}

function openWithoutMetrics(opening: Opening): Opened {
  return opened(createCache({ memory: memoryStore({ maxEntries: MAX_ENTRIES }) }), opening)
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
