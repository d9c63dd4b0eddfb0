/** Requests other than GET and HEAD: the handler runs, and a successful unsafe one invalidates its URL (RFC 9111 §4.4). */
import type { Context, Next } from 'hono'
import { MAX_KEY_LENGTH } from '../../cache/cache.ts'
import type { About } from '../../cache/events.ts'
import { changeHeaders, headersSetBefore, restoreHeaders } from '../context/context-response.ts'
import { isOnlyMiddleware, orNotFound } from '../context/no-response.ts'
import type { EarlierMiddleware } from '../context/reads/earlier-middleware.ts'
import { INTERNAL_HEADERS, removeInternalHeaders } from '../fields/internal-headers.ts'
import { cacheTags } from '../policy/storage-policy.ts'
import { escapedKey } from '../policy/variants.ts'
import { callHandler } from './loading/call-handler.ts'
import { copiedHeaders } from './request-headers.ts'
import { respondWithOwn } from './respond.ts'
import { invalidateResource, type Route } from './route.ts'
import { storePostResponse } from './store-post-response.ts'

/** The registered safe methods besides GET and HEAD (RFC 9110 §16.1.1). Every other method, known or not, counts as unsafe. */
const SAFE = new Set(['OPTIONS', 'TRACE', 'QUERY', 'PROPFIND', 'REPORT', 'SEARCH'])

export class UnsafeMethods {
  readonly #route: Route

  constructor(route: Route) {
    this.#route = route
  }

  /** Sets the response in `c.res`. */
  async serve(
    c: Context,
    next: Next,
    resource: string,
    about: About,
    earlier: EarlierMiddleware,
  ): Promise<undefined> {
    const { cache, reads, statusText } = this.#route
    if (c.req.method === 'OPTIONS') return this.#passOptions(c, next, about)
    const outerHeaders = headersSetBefore(c)
    const header = copiedHeaders(c) // copied first, because the handler may change them
    const mayStore = cache.enabled && resource.length <= MAX_KEY_LENGTH
    const hasChanged = mayStore ? reads.noteChanges(resource) : undefined
    const handlerReads = await cache.pass(
      () => callHandler(c, orNotFound(c, next, isOnlyMiddleware(c.req.matchedRoutes))),
      about,
    )
    if (!c.finalized) return // Hono throws an error
    restoreHeaders(c, this.#route.originals)
    const { status } = c.res
    if (!SAFE.has(c.req.method) && status >= 200 && status < 400) {
      const urlTags = this.#route.urlTags(this.#route.urlOf(c))
      const isOutdated = hasChanged?.([...cacheTags(c.res.headers), ...urlTags]) ?? true
      const invalidated = [resource, ...this.#namedResources(c)].map((one) =>
        invalidateResource(this.#route, one),
      )
      // From here on, records invalidations that follow this request's own. Each of them makes this response outdated.
      const hasChangedSince = isOutdated ? undefined : reads.noteChanges(resource)
      await Promise.all(invalidated)
      if (hasChangedSince !== undefined) {
        const post = { resource, urlTags, outerHeaders, header, earlier, handlerReads, hasChangedSince }
        await storePostResponse(this.#route, c, post)
      }
    }
    respondWithOwn(c, statusText({ fwd: 'method' }, resource), cache.now())
  }

  /** Passes the request on without `Cache-Status`, because the response describes the server and is no representation. */
  async #passOptions(c: Context, next: Next, about: About): Promise<undefined> {
    await this.#route.cache.pass(orNotFound(c, next, isOnlyMiddleware(c.req.matchedRoutes)), about)
    if (!c.finalized || !INTERNAL_HEADERS.some((name) => c.res.headers.has(name))) return
    changeHeaders(c, removeInternalHeaders)
  }

  /** The resources of the same origin that the response names in `Location` and `Content-Location`. */
  #namedResources(c: Context): string[] {
    const { keyOfUrl } = this.#route
    if (keyOfUrl === undefined) return []
    const { url } = c.req
    return ['location', 'content-location'].flatMap((name) => {
      const target = URL.parse(c.res.headers.get(name) ?? '#', url)
      if (target === null || target.origin !== URL.parse(url)?.origin) return []
      return escapedKey(keyOfUrl({ req: { url: target.href } }))
    })
  }
}
