/** The origins of the requests to a cache. A purge tries its URL under each, because a proxy may change scheme and port. */

/** Clients may send any host, so the list is bounded. */
const MAX_ORIGINS = 16

export interface Origins {
  /** Notes the origin of a request's URL. */
  note(url: string): void
  /** The last ones, oldest first. */
  list(): string[]
}

const byCache = new WeakMap<object, Origins>()

/** Returns the origins of a cache. Its routes share them. */
export function originsOf(cache: object): Origins {
  const origins = byCache.get(cache) ?? createOrigins()
  byCache.set(cache, origins)
  return origins
}

function createOrigins(): Origins {
  const origins = new Set<string>()
  let last = ''

  return {
    note(url) {
      const end = url.indexOf('/', url.indexOf('://') + 3)
      const origin = url.slice(0, end)
      if (origin === last || url.startsWith('/')) return // on Bun, the URL of a request may lack the host
      last = origin
      origins.delete(origin)
      origins.add(origin)
      const [oldest] = origins
      if (origins.size > MAX_ORIGINS && oldest !== undefined) origins.delete(oldest)
    },
    list: () => [...origins],
  }
}
