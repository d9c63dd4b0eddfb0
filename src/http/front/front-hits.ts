/** Hits before the router: found by URL, counted once, reported. The servers in front of an app share it; each writes in its own way. */

import type { Cache } from '../../cache/cache.ts'
import { type HttpReads, httpReadsOf } from '../../cache/http-reads.ts'
import { CallbackErrors, type OnCallbackError } from '../../callback-errors.ts'
import { createStopwatch, type Stopwatch } from '../stopwatch.ts'
import type { Message } from '../stored/heads/message.ts'
import { StoredResponse } from '../stored/stored-response.ts'
import { type HeaderValues, HitHeaderSource, type HitHeaders } from './hit-headers.ts'
import { attachIndex, createUrlIndex, type Hit, indexSymbol, type UrlEntry } from './url-index.ts'

export interface FrontHitsOptions {
  /** The cache that is passed to `cached`. */
  cache: Cache
  /** Called after each response that the front serves; `measured` reports the others. */
  onRequest?: (end: FrontEnd) => void
  /** Headers that each hit gets for its request, such as an id. Default: none. */
  hitHeaders?: HitHeaders
  /** Monotonic clock in ms. Default: the clock of the cache, with the two readings that measure the read. */
  timer?: () => number
  /**
   * Called with the first error of each callback: one that it throws, or with which its promise rejects. `callback` is `onRequest`,
   * `hitHeaders` or `timer`. No such error reaches the request. Default: writes one line to `console.error`.
   */
  onError?: OnCallbackError
}

/** A response that the front has served. */
export interface FrontEnd {
  method: string
  /** The route's pattern. */
  route: string
  status: number
  durationMs: number
  /** Bytes of the response body. */
  bytes: number
  /** URL of the request. */
  url: string
  /** The values that `hitHeaders` has returned; `undefined` without any. */
  hitHeaders: HeaderValues | undefined
  /** The connection: a socket of `node:net`. `front` has what its option `peer` returns. */
  peer: Peer | undefined
}

/** The client's end of a connection, or the proxy's. */
export interface Peer {
  readonly remoteAddress?: string | undefined
}

/** A hit that has been counted and must be served now. */
export interface FrontHit {
  readonly read: Hit
  readonly entry: UrlEntry
  /** Duration of the read. */
  readonly durationMs: number
  /** A reading of the option `timer`, if it is set. */
  readonly startedAt: number
  /** The values of its own headers: see `FrontHits.headers`. */
  readonly values: HeaderValues | undefined
}

/**
 * A server looks up the URL (`entryOf`), checks the headers of the request, and then asks for the hit (`find`). It sends the hit
 * as a `Response` or as a message, and reports it.
 */
export class FrontHits {
  readonly #reads: HttpReads
  readonly #index = createUrlIndex()
  readonly #symbol: symbol
  readonly #onRequest: FrontHitsOptions['onRequest']
  /** The headers that hits get for their requests; `undefined` without the option. */
  readonly headers: HitHeaderSource | undefined
  /** Present if the option `timer` is set. */
  readonly #stopwatch: Stopwatch | undefined

  /**
   * @param subject first words of the error message.
   * @throws {TypeError} when `cache` does not come from `createCache`, or `hitHeaders` is not valid.
   */
  constructor(subject: string, { cache, onRequest, hitHeaders, timer, onError }: FrontHitsOptions) {
    this.#reads = httpReadsOf(subject, cache)
    this.#symbol = indexSymbol(cache)
    const errors = new CallbackErrors(subject, onError)
    this.#onRequest = onRequest && errors.guard('onRequest', onRequest)
    this.headers = hitHeaders && new HitHeaderSource(subject, hitHeaders, errors)
    this.#stopwatch = timer && createStopwatch(timer, errors)
  }

  /** Lets `cached` add the URL of this request to the index, once it has served a hit. */
  attach(request: Request): void {
    attachIndex(request, this.#symbol, this.#index)
  }

  /** @param url the `url` that the `Request` has or would have. */
  entryOf(url: string): UrlEntry | undefined {
    return this.#index.get(url)
  }

  /**
   * Returns the hit for a GET, and counts it. Returns `undefined`, and counts nothing, if the request has to take the way through
   * the router. The caller has checked the headers, among them `Pragma` if `entry.responder.obeysPragma` is set.
   *
   * @param received values of the request headers `headers.reads`. Default: none of them is there.
   */
  find(entry: UrlEntry, received?: HeaderValues): FrontHit | undefined {
    return this.#find(entry, matchesEveryRequest, received)
  }

  /** As `find`, but only for hits that `toMessage` accepts: not for a body that is still streaming. */
  findMessage(entry: UrlEntry, received?: HeaderValues): FrontHit | undefined {
    return this.#find(entry, isMessageForEveryRequest, received)
  }

  #find(
    entry: UrlEntry,
    accept: (stored: unknown) => boolean,
    received: HeaderValues = NONE,
  ): FrontHit | undefined {
    const { key, about, responder } = entry
    if (responder.hasVariants(key)) return undefined
    const startedAt = this.#stopwatch?.start() ?? 0
    const found = this.#reads.find<StoredResponse>(key)
    const durationMs = this.#reads.elapsedMs(found)
    const stored = found.entry?.value
    const values = this.headers && stored && this.headers.valuesFor(received, stored.status)
    if (values === 'route') return undefined
    const read = this.#reads.hit(found, accept, about, durationMs, responder.isAudited)
    return read && { read, entry, durationMs, startedAt, values }
  }

  toResponse({ read, entry, values }: FrontHit): Response {
    const response = entry.responder.toResponse(read, entry.key)
    if (values !== undefined) this.headers?.addTo(response, values)
    return response
  }

  /**
   * The message that hits share, without the headers of one request.
   *
   * @param hit comes from `findMessage`.
   */
  toMessage({ read, entry, values }: FrontHit): Message {
    const message = entry.responder.toMessage(read, entry.key)
    return values === undefined ? message : (this.headers?.without(message, values) ?? message)
  }

  /** Calls `onRequest`. To be called once for each hit. Never throws. */
  report(hit: FrontHit, status: number, url: string, peer?: Peer): void {
    const onRequest = this.#onRequest
    if (onRequest === undefined) return
    const durationMs = this.#stopwatch?.elapsedMs(hit.startedAt) ?? hit.durationMs
    const bytes = hit.read.value.length ?? 0
    const { route } = hit.entry.about
    onRequest({ method: 'GET', route, status, durationMs, bytes, url, hitHeaders: hit.values, peer })
  }
}

const NONE: HeaderValues = []

/** True for a response without `Vary`. */
function matchesEveryRequest(stored: unknown): boolean {
  return stored instanceof StoredResponse && stored.selecting === undefined
}

function isMessageForEveryRequest(stored: unknown): boolean {
  return stored instanceof StoredResponse && stored.selecting === undefined && stored.hasMessage
}
