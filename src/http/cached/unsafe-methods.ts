/** Requests other than GET and HEAD: the handler runs, and a successful unsafe one invalidates its URL (RFC 9111 §4.4). */
import type { Context, Next } from 'hono'
import { MAX_KEY_LENGTH } from '../../cache/cache.ts'
import type { About } from '../../cache/events.ts'
import { headersSetBefore } from '../context/context-response.ts'
import { hasHeaderUnwatched } from '../context/header-reads.ts'
import { cacheTags } from '../policy/storage-policy.ts'
import { escapedKey } from '../policy/variants.ts'
import { callHandler } from './loading/call-handler.ts'
import { respondWithOwn } from './respond.ts'
import { invalidateResource, type Route } from './route.ts'
import { storePostResponse } from './store-post-response.ts'

/** The registered safe methods besides GET and HEAD (RFC 9110 §16.1.1). Any other may change the resource, unknown ones too. */
const SAFE = new Set(['OPTIONS', 'TRACE', 'QUERY', 'PROPFIND', 'REPORT', 'SEARCH'])

export class UnsafeMethods {
  readonly #route: Route

  constructor(route: Route) {
    this.#route = route
  }

  /** The response is in `c.res` when it resolves. */
  async serve(c: Context, next: Next, resource: string, about: About): Promise<undefined> {
    const { cache, statusText } = this.#route
    const outerHeaders = headersSetBefore(c)
    const isAuthorized = hasHeaderUnwatched(c.req.raw.headers, 'authorization') // before the handler, which may change it
    const mayStore = cache.enabled && resource.length <= MAX_KEY_LENGTH
    const hasChanged = mayStore ? cache.noteChanges(resource) : undefined
    const { names: headersRead } = await cache.pass(() => callHandler(c, next), about)
    if (!c.finalized) return // Hono reports the missing response
    const { status } = c.res
    if (!SAFE.has(c.req.method) && status >= 200 && status < 400) {
      const isOutdated = hasChanged?.(cacheTags(c.res.headers)) ?? true
      const invalidated = [resource, ...this.#namedResources(c)].map((one) =>
        invalidateResource(this.#route, one),
      )
      // Watched from here on, after this request's own change: any later change is newer than this response.
      const hasChangedSince = isOutdated ? undefined : cache.noteChanges(resource)
      await Promise.all(invalidated)
      if (hasChangedSince !== undefined) {
        const post = { resource, outerHeaders, isAuthorized, headersRead, hasChangedSince }
        await storePostResponse(this.#route, c, post)
      }
    }
    respondWithOwn(c, statusText({ fwd: 'method' }, resource), cache.now())
  }

  /** The resources of the same origin that the response names. */
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
