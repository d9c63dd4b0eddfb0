/** Looks up the series of a cache by its name, without a lookup in the registry for each event. */
import { cacheLabel } from './cache-label.ts'

/**
 * Returns a function that returns the series of a cache. The first call with a name makes them.
 *
 * @param bind makes the series with this value of the label `cache`
 */
export function perCache<S extends object>(bind: (cache: string) => S): (name: string) => S {
  const byCache = new Map<string, S>()
  // Saves a map lookup: most services have one cache, so the next event nearly always has the same name.
  let lastName: string | undefined
  let last: S | undefined

  function find(name: string): S {
    const known = byCache.get(name)
    if (known !== undefined) return known
    // The registry replaces malformed UTF-16 in label values, so two malformed names can become one label.
    const wellFormed = name.toWellFormed()
    // All caches above the maximum share the series `other`, as in the registry. This also bounds the map.
    const cache = byCache.has(wellFormed) || byCache.size < cacheLabel.max ? wellFormed : 'other'
    let series = byCache.get(cache)
    if (series === undefined) {
      series = bind(cache)
      byCache.set(cache, series)
    }
    return series
  }

  return function seriesOf(name) {
    if (name !== lastName || last === undefined) {
      last = find(name)
      lastName = name
    }
    return last
  }
}
