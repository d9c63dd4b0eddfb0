/** A cache that has only a name and a state, for tests of metrics. */
import type { Cache, CacheStats } from '../../src/cache/cache.ts'

export function watchedCache(name: string, stats: Partial<CacheStats> = {}): Pick<Cache, 'name' | 'stats'> {
  const empty = {
    entries: 0,
    bytes: 0,
    maxBytes: 0,
    remoteUp: undefined,
    busUp: undefined,
    listenerErrors: 0,
  }
  return { name, stats: () => ({ ...empty, ...stats }) }
}
