/** What the front may answer: which URLs are kept under which keys, as `cached` has learnt it. */
import type { Cache } from '../../cache/cache.ts'
import type { About } from '../../cache/events.ts'
import type { Read } from '../../cache/read.ts'
import { createBoundedMap } from '../bounded-map.ts'
import type { StoredResponse } from '../stored/stored-response.ts'

/** What is known of a URL. */
export interface UrlEntry {
  /** Where its answer is kept. */
  key: string
  /** For the events. */
  about: About
  responder: HitResponder
}

export type Hit = Read<StoredResponse>

/** A `cached` whose hits may be answered before the router. */
export interface HitResponder {
  /** Does `Pragma` of a request count (`clientControl`)? */
  obeysPragma: boolean
  /** Has the resource turned out to have variants? Then who asks matters, and the front does not look at that. */
  hasVariants: (key: string) => boolean
  /** What it answers with a hit. */
  toResponse: (hit: Hit, key: string) => Response
}

export interface UrlIndex {
  get(url: string): UrlEntry | undefined
  add(url: string, entry: UrlEntry): void
}

/**
 * Strangers may ask for endless URLs: beyond a bound the oldest is forgotten. That costs its next request the way through
 * the router, where it is learnt again.
 *
 * @param maxLength how many characters of URLs and keys are remembered. @param maxUrls how many URLs.
 */
export function createUrlIndex(maxLength = 4 * 1024 * 1024, maxUrls = 50_000): UrlIndex {
  const urls = createBoundedMap<UrlEntry>({
    maxLength,
    maxEntries: maxUrls,
    lengthOf: (url, { key }) => url.length + key.length,
  })
  return { get: urls.get, add: urls.set }
}

/** On the request itself, which middleware hands on untouched: what was made anew on its way may have another URL by then. */
type Passed = Request & { [mark: symbol]: UrlIndex | undefined }

const marks = new WeakMap<Cache, symbol>()

/** The member of a request by which a front of this cache says that it has passed the request on. */
export function indexSymbol(cache: Cache): symbol {
  const mark = marks.get(cache) ?? Symbol('hitrate:passed')
  marks.set(cache, mark)
  return mark
}

/** From here on `cached` may teach this front the request's URL. */
export function attachIndex(request: Request, mark: symbol, index: UrlIndex): void {
  ;(request as Passed)[mark] = index
}

/** The index of the front that has passed on this very request. */
export function attachedIndex(request: Request, mark: symbol): UrlIndex | undefined {
  return (request as Passed)[mark] // absent from every other request
}
