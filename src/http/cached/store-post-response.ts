/** Stores a POST response for later GETs (RFC 9110 §9.3.3). */
import type { Context } from 'hono'
import { ownHeaders, setResponse } from '../context/context-response.ts'
import type { EarlierMiddleware } from '../context/reads/earlier-middleware.ts'
import type { RequestHeader } from '../fields/vary.ts'
import { judgeStorage, type PolicyOptions, type StorageVerdict } from '../policy/storage-policy.ts'
import { createStoredResponse } from '../stored/create-stored-response.ts'
import { readBody } from '../stored/read-body.ts'
import { judgeDependencies } from './loading/dependencies.ts'
import type { HandlerReads, HandlerRun } from './loading/handler-run.ts'
import type { Route } from './route.ts'

/** A POST whose handler has responded. */
export interface PostResponse {
  resource: string
  /** Tags by which a purge finds the response. */
  urlTags: readonly string[]
  /** Response headers set by outer middleware. */
  outerHeaders: Headers
  /** The request headers as they were received. */
  header: RequestHeader
  earlier: EarlierMiddleware
  handlerReads: HandlerRun
  /** Returns true if the resource, or an entry with one of these tags, was invalidated after this POST's own invalidation. */
  hasChangedSince: (tags?: readonly string[]) => boolean
}

/**
 * Stores the response if the handler declares it as the current content of the same URL (`Content-Location`) and gives it an
 * explicit lifetime. Options of the route and heuristic lifetimes are not enough.
 */
export async function storePostResponse(route: Route, c: Context, post: PostResponse): Promise<void> {
  const { cache, reads, limits, heads, codec } = route
  const response = c.res
  if (c.req.method !== 'POST' || response.status !== 200 || !isForSameUrl(c)) return
  const now = cache.now()
  const verdict = judgePost(route, response, post, now)
  if (!verdict.store || !isForGets(response, verdict, post)) return
  const handlerResponse = { headers: response.headers, directives: verdict.handlerDirectives }
  const isForOneClient = async (made: HandlerReads) => {
    const dependencies = { ...handlerResponse, reads: made }
    const { reason, guarded } = await judgeDependencies(route, { ...post, c }, dependencies)
    return reason !== undefined || guarded
  }
  if (await isForOneClient(post.handlerReads)) return

  const { result: body, reads: readsOfBody } = await post.handlerReads.during(() =>
    readBody(response, limits),
  )
  if (body === 'too-large') return
  if ('shared' in body) {
    setResponse(c, new Response(body.shared.stream(), response))
    return
  }
  setResponse(c, new Response(body.bytes, response))
  if (await isForOneClient(readsOfBody)) return
  const headers = ownHeaders(response.headers, post.outerHeaders)
  const head = { status: response.status, headers, selecting: undefined }
  const stored = await createStoredResponse(head, body.bytes, now, heads)
  const tags = [...(verdict.lifetime.tags ?? []), ...post.urlTags]
  if (post.hasChangedSince(tags)) return // the resource was changed again, so this response is outdated
  await reads.write(post.resource, stored, {
    ...verdict.lifetime,
    tags,
    jitter: 0,
    bytes: stored.bytes,
    codec,
  })
}

/** Applies the storage policy to the handler's own directives, without those of the route's options. */
function judgePost(route: Route, response: Response, post: PostResponse, now: number): StorageVerdict {
  const options: PolicyOptions = { ...route.policy, targetedControl: undefined, cacheableStatusCodes: [] }
  const isAuthorized = post.header('authorization') !== undefined
  return judgeStorage(isAuthorized, response.status, response.headers, options, now)
}

function isForGets(
  { headers }: Response,
  { reusable, privateHeaders, handlerDirectives }: StorageVerdict & { store: true },
  { handlerReads }: PostResponse,
): boolean {
  if (!reusable || privateHeaders.length > 0) return false
  const hasLifetime =
    handlerDirectives.has('max-age') || handlerDirectives.has('s-maxage') || headers.has('expires')
  // A later GET may send other values of the headers in `Vary` than this POST, so a response with `Vary` is not stored.
  return hasLifetime && !headers.has('vary') && !handlerReads.headers.names.has('accept-encoding')
}

function isForSameUrl(c: Context): boolean {
  const location = c.res.headers.get('content-location')
  if (location === null) return false
  const { url } = c.req
  // On Bun, the URL of a request may lack a host and so be invalid.
  return URL.parse(location, url)?.href === (URL.parse(url)?.href ?? '')
}
