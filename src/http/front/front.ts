/** The cache before the router: a plain hit is answered at once, by nothing but two look-ups. */
import type { Hono } from 'hono'
import type { Cache } from '../../cache/cache.ts'
import { httpReadsOf } from '../../cache/http-reads.ts'
import { isPurge } from '../endpoints/purge-request.ts'
import { StoredResponse } from '../stored/stored-response.ts'
import { attachIndex, createUrlIndex, indexSymbol } from './url-index.ts'

export interface FrontOptions {
  /** The one that `cached` has. */
  cache: Cache
  /**
   * Told of every answer that was given here: `measured` hears of the others. What it throws is caught: the answer goes out.
   */
  onRequest?: (end: {
    method: string
    /** The route's pattern. */
    route: string
    status: number
    durationMs: number
  }) => void
  /**
   * Gives a field of a request by its name in lower case, or `undefined` where there is none. For servers that have them at
   * hand in what they give `fetch` beside the request: looking is most of what a hit costs here. Default `request.headers`.
   */
  field?: ((request: Request, env: unknown, name: string) => unknown) | undefined
  /** Monotonic ms. Default `performance.now`. */
  timer?: () => number
}

/**
 * With any of these a request asks for more than what is kept: conditions, ranges (`If-Range` is nothing without one), its own
 * rules, its own rights, another protocol.
 */
const NOT_PLAIN = [
  'if-none-match',
  'if-modified-since',
  'cache-control',
  'authorization',
  'range',
  'if-match',
  'if-unmodified-since',
  'upgrade',
]

/**
 * Puts the cache before an app: a GET whose answer is kept is answered before the router runs, on routes that say
 * `cached({ front: true })`. The answer is the one that the middleware would have given.
 *
 * **Whatever middleware stands before `cached()` does not run then: no authentication, no logger, no rate limit, no fields
 * that it adds.** So let `front: true` stand only on routes that anyone may read, whoever asks. The path must follow from the
 * URL: an app whose `getPath` reads header fields must not use it.
 *
 * Only hits are answered, and only for requests without conditions, `Range`, `Cache-Control`, `Authorization` and `Upgrade`, nor
 * `Pragma` where the route has `clientControl`; entries that `Vary` are left to the middleware. Everything else goes on unchanged.
 * Cookies of the request do not matter, as they do not in the middleware: an answer that depends on one must say so in `Vary`.
 *
 * A URL is known here from its first hit in the middleware on, if the request came there as it was passed on (in a mounted app
 * it is another one, without the prefix), and if the key follows from it: a `keyGenerator` that reads header
 * fields, what middleware has set, or the environment, or that gives a promise, keeps its URLs out of the front. What it
 * reads past the context (a variable, a clock) goes unseen: **with such a key a route must not say `front: true`.**
 *
 * What was invalidated is not served: each time the cache itself is asked.
 *
 * @param fetch what is asked for everything else: `app.fetch`.
 * @throws {TypeError} when `fetch`, `onRequest` or `field` is no function, or there is no cache.
 * @example
 * app.get('/rates', cached({ cache, targetedControl: 'max-age=60', front: true }), (c) => c.json(rates()))
 * export default { fetch: front(app.fetch, { cache }) }
 */
export function front(fetch: Hono['fetch'], options: FrontOptions): Hono['fetch'] {
  const { cache, onRequest, field, timer = performance.now.bind(performance) } = options
  if (typeof fetch !== 'function')
    throw new TypeError('front: the first argument is no function like app.fetch')
  const reads = httpReadsOf('front', cache)
  if (onRequest !== undefined && typeof onRequest !== 'function') {
    throw new TypeError('front: onRequest is no function')
  }
  if (field !== undefined && typeof field !== 'function') throw new TypeError('front: field is no function')
  const index = createUrlIndex()
  const mark = indexSymbol(cache)

  function answer(request: Request, env: unknown): Response | undefined {
    const known = index.get(request.url)
    if (known === undefined || !isPlain(request, env) || known.responder.hasVariants(known.key))
      return undefined
    if (known.responder.obeysPragma && fieldOf(request, env, 'pragma') !== undefined) return undefined
    if (isPurge(request)) return undefined
    const startedAt = onRequest === undefined ? 0 : timer()
    const hit = reads.hit(reads.find<StoredResponse>(known.key), isForAnyone, known.about)
    if (hit === undefined) return undefined
    const response = known.responder.toResponse(hit, known.key)
    if (onRequest !== undefined) tell(known.about.route, response.status, startedAt)
    return response
  }

  function isPlain(request: Request, env: unknown): boolean {
    if (field === undefined) return hasNone(request.headers)
    for (const name of NOT_PLAIN) if (field(request, env, name) !== undefined) return false
    return true
  }

  function fieldOf(request: Request, env: unknown, name: string): unknown {
    return field === undefined ? (request.headers.get(name) ?? undefined) : field(request, env, name)
  }

  function tell(route: string, status: number, startedAt: number): void {
    try {
      onRequest?.({ method: 'GET', route, status, durationMs: timer() - startedAt })
    } catch {
      // The answer is good, and must go out. There is nobody else to tell: the listener would fail again.
    }
  }

  return function fetchThroughFront(request, env, context) {
    if (request.method === 'GET') {
      const answered = answer(request, env)
      if (answered !== undefined) return answered
      attachIndex(request, mark, index)
    }
    return fetch(request, env, context)
  }
}

function hasNone(headers: Headers): boolean {
  for (const name of NOT_PLAIN) if (headers.get(name) !== null) return false
  return true
}

/** A response that is the same whoever asks. Where a cache keeps data too, a value under the key may be no response. */
function isForAnyone(kept: unknown): boolean {
  return kept instanceof StoredResponse && kept.selecting === undefined
}
