/** The caches whose state is shown at each scrape. */
import type { Cache, CacheStats } from '../cache/cache.ts'
import { cacheLabel } from './cache-label.ts'

/** The part of a cache that a scrape uses. */
export type Watched = Pick<Cache, 'name' | 'stats'>

export class WatchedCaches {
  readonly #byName = new Map<string, Watched>()

  /** Adds a cache. It replaces an earlier cache of the same name. */
  add(cache: Watched): void {
    this.#byName.set(labelOf(cache), cache)
  }

  /** Removes a cache, unless a later one of the same name has replaced it. */
  remove(cache: Watched): void {
    const name = labelOf(cache)
    if (this.#byName.get(name) === cache) this.#byName.delete(name)
  }

  /**
   * Returns the state of each cache, with its value of the label `cache`. All caches above the maximum of the label
   * have the value `other`.
   */
  *stats(): Iterable<[cache: string, stats: CacheStats]> {
    let place = 0
    for (const [name, cache] of this.#byName) {
      yield [place < cacheLabel.max ? name : 'other', cache.stats()]
      place++
    }
  }

  /** As `stats`, without the caches that share `other`. */
  *named(): Iterable<[cache: string, stats: CacheStats]> {
    let place = 0
    for (const entry of this.stats()) if (place++ < cacheLabel.max) yield entry
  }

  /**
   * Returns 1 for each cache whose `isUp` is true and 0 if it is false. Caches without a result are omitted. `other` is
   * 1 if all its caches are up.
   */
  up(isUp: (stats: CacheStats) => boolean | undefined): ReadonlyMap<string, 0 | 1> {
    const byCache = new Map<string, 0 | 1>()
    for (const [cache, stats] of this.stats()) {
      const up = isUp(stats)
      if (up !== undefined) byCache.set(cache, up && byCache.get(cache) !== 0 ? 1 : 0)
    }
    return byCache
  }
}

const byRegistry = new WeakMap<object, WatchedCaches>()

/** Returns the caches of a registry. All instruments on it share them, because its gauges have one callback each. */
export function watchedCachesOf(registry: object): WatchedCaches {
  const watched = byRegistry.get(registry) ?? new WatchedCaches()
  byRegistry.set(registry, watched)
  return watched
}

/** The registry replaces malformed UTF-16 in label values, so two malformed names can become one label. */
function labelOf({ name }: Watched): string {
  return name.toWellFormed()
}
