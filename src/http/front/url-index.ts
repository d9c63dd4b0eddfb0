/** Index of the URLs that the front may serve, with their keys. `cached` adds them; the front reads them. */
import type { Cache } from '../../cache/cache.ts'
import type { About } from '../../cache/events.ts'
import type { Read } from '../../cache/read.ts'
import { createBoundedMap } from '../bounded-map.ts'
import type { StoredResponse } from '../stored/stored-response.ts'

export interface UrlEntry {
  /** Key of the stored response. */
  key: string
  /** Method and route, for events. */
  about: About
  responder: HitResponder
}

export type Hit = Read<StoredResponse>

/** The part of a `cached` middleware that turns a hit into a response. */
export interface HitResponder {
  /** True with `clientControl`: a request with `Pragma` must go through the middleware. */
  obeysPragma: boolean
  /** True once a response with `Vary` was stored for the key. Its variants depend on headers, which the front does not read. */
  hasVariants: (key: string) => boolean
  toResponse: (hit: Hit, key: string) => Response
}

export interface UrlIndex {
  get(url: string): UrlEntry | undefined
  add(url: string, entry: UrlEntry): void
}

/**
 * Clients choose the URLs, so the index is bounded and evicts the oldest ones. The next hit for an evicted URL goes through the
 * router, where the middleware adds it again.
 *
 * @param maxLength largest number of characters of all URLs and keys together.
 * @param maxUrls largest number of URLs.
 */
export function createUrlIndex(maxLength = 4 * 1024 * 1024, maxUrls = 50_000): UrlIndex {
  const urls = createBoundedMap<UrlEntry>({
    maxLength,
    maxEntries: maxUrls,
    lengthOf: (url, { key }) => url.length + key.length,
  })
  return { get: urls.get, add: urls.set }
}

/** The index is a property of the request object, which middleware passes on. A request that was rebuilt may have another URL. */
type IndexedRequest = Request & { [symbol: symbol]: UrlIndex | undefined }

const symbols = new WeakMap<Cache, symbol>()

/** The property of a request that holds the index of the front for this cache. */
export function indexSymbol(cache: Cache): symbol {
  const symbol = symbols.get(cache) ?? Symbol('hitrate:url-index')
  symbols.set(cache, symbol)
  return symbol
}

/** Attaches the front's index to a request, so that `cached` can add the request's URL to it. */
export function attachIndex(request: Request, symbol: symbol, index: UrlIndex): void {
  ;(request as IndexedRequest)[symbol] = index
}

/** The index that a front attached to this request object; `undefined` for any other request. */
export function attachedIndex(request: Request, symbol: symbol): UrlIndex | undefined {
  return (request as IndexedRequest)[symbol]
}
