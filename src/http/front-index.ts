/** What the front may answer: which URLs are kept under which keys, as `cached` has learnt it. */
import type { Cache, Read } from '../cache/cache.ts'
import type { About } from '../cache/events.ts'
import type { StoredResponse } from './stored-response.ts'

/** What is known of a URL. */
export interface Known {
  /** Where its answer is kept. */
  key: string
  /** For the events. */
  about: About
  by: Fronted
}

export type Hit = Read<StoredResponse>

/** A `cached` whose hits may be answered before the router. */
export interface Fronted {
  /** Does `Pragma` of a request count (`clientControl`)? */
  heedsPragma: boolean
  /** Has a later answer under this key been one of several variants? */
  varies: (key: string) => boolean
  /** What it answers with a hit. */
  answer: (hit: Hit, key: string) => Response
}

export interface FrontIndex {
  get(url: string): Known | undefined
  learn(url: string, known: Known): void
}

/**
 * Strangers may ask for endless URLs: beyond a bound the oldest is forgotten. That costs its next request the way through
 * the router, where it is learnt again.
 *
 * @param maxLength how many characters of URLs and keys are remembered. @param maxUrls how many URLs.
 */
export function createFrontIndex(maxLength = 4 * 1024 * 1024, maxUrls = 50_000): FrontIndex {
  const urls = new Map<string, Known>()
  let length = 0

  function forget(url: string, { key }: Known): void {
    urls.delete(url)
    length -= url.length + key.length
  }

  return {
    get: (url) => urls.get(url),
    learn(url, known) {
      const before = urls.get(url)
      if (before !== undefined) forget(url, before)
      urls.set(url, known)
      length += url.length + known.key.length
      for (const [oldest, forgotten] of urls) {
        if (length <= maxLength && urls.size <= maxUrls) break
        forget(oldest, forgotten)
      }
    },
  }
}

const indexes = new WeakMap<Cache, FrontIndex>()

/** The one index of a cache, which `cached` fills and `front` asks. */
export function frontIndexOf(cache: Cache): FrontIndex {
  let index = indexes.get(cache)
  if (index === undefined) {
    index = createFrontIndex()
    indexes.set(cache, index)
  }
  return index
}
