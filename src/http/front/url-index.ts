/** Index of the URLs that the front may serve, with their keys. `cached` adds them; the front reads them. */
import type { Cache } from '../../cache/cache.ts'
import type { About } from '../../cache/events.ts'
import type { Read } from '../../cache/read.ts'
import { createBoundedMap } from '../bounded-map.ts'
import type { Message } from '../stored/heads/message.ts'
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
  /** True if the route has `clientControl`. Requests with `Pragma` must then go through the middleware. */
  obeysPragma: boolean
  /** True if hits of the route may be audited. A hit that is due for an audit must go through the middleware. */
  isAudited: boolean
  /** True once a response with `Vary` was stored for the key. Its variants depend on headers, which the front does not read. */
  hasVariants: (key: string) => boolean
  toResponse: (hit: Hit, key: string) => Response
  /** @throws {TypeError} if the stored response has no message. */
  toMessage: (hit: Hit, key: string) => Message
}

export interface UrlIndex {
  get(url: string): UrlEntry | undefined
  add(url: string, entry: UrlEntry): void
}

/**
 * Creates an index. Clients choose the URLs, so it is bounded and evicts the oldest URLs. The next hit for an evicted URL goes
 * through the router, where the middleware adds it again.
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

/** A request object with the index as a property. A request that middleware rebuilt has no index, because its URL may differ. */
type IndexedRequest = Request & { [symbol: symbol]: UrlIndex | undefined }

const symbols = new WeakMap<Cache, symbol>()

/** Symbol of the request property that holds the front's index. Each cache has its own symbol. */
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
