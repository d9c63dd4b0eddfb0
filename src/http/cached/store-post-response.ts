/** An answer to POST that is one for the GETs to come (RFC 9110 §9.3.3). */
import type { Context } from 'hono'
import type { Cache } from '../../cache/cache.ts'
import { ownHeaders, setResponse } from '../context/context-response.ts'
import { dependsOnForeignHost } from '../policy/foreign-host.ts'
import { judgeStorage, type PolicyOptions } from '../policy/storage-policy.ts'
import { undeclaredDependency } from '../policy/undeclared-dependency.ts'
import { storedResponses } from '../stored/codec.ts'
import { createStoredResponse } from '../stored/create-stored-response.ts'
import { type BodyLimits, readBody } from '../stored/read-body.ts'

export interface Posted {
  cache: Cache
  limits: BodyLimits
  storeSetCookie: boolean
  resource: string
  /** What middleware around had set before. */
  around: Headers
  /** The request came with `Authorization`. */
  authorized: boolean
  /** What the handler asked of the request by name. */
  read: ReadonlySet<string>
  /** Was it, or what has one of these tags, changed again since? */
  isOld: (tags?: readonly string[]) => boolean
}

/**
 * Keeps it when the handler says that it is what the same URL holds now (`Content-Location`), and for how long: no option of
 * ours, and no guess, makes a POST's answer one for others.
 */
export async function keepPosted(c: Context, posted: Posted): Promise<void> {
  const { cache, limits, resource, read } = posted
  const response = c.res
  if (c.req.method !== 'POST' || response.status !== 200 || !isForSameUrl(c)) return
  const now = cache.now()
  const options: PolicyOptions = {
    targetedControl: undefined,
    cacheControl: new Map(),
    cacheableStatusCodes: [],
    storeSetCookie: posted.storeSetCookie,
  }
  const verdict = judgeStorage(posted.authorized, response.status, response.headers, options, now)
  if (!verdict.store || !verdict.reusable || verdict.privateHeaders.length > 0) return
  const { handlerDirectives: said } = verdict
  const isExplicit = said.has('max-age') || said.has('s-maxage') || response.headers.has('expires')
  const varies = response.headers.has('vary') // by fields that a GET may send with other values
  if (!isExplicit || varies || undeclaredDependency(read, null, said) !== undefined) return
  const { url, headers: asked } = c.req.raw
  if (dependsOnForeignHost({ headersRead: read, host: asked.get('host') ?? undefined, url }, null)) return

  const body = await readBody(response, limits)
  if (body === 'too-large') return
  if ('shared' in body) {
    setResponse(c, new Response(body.shared.stream(), response))
    return
  }
  setResponse(c, new Response(body.bytes, response))
  const headers = ownHeaders(response.headers, posted.around)
  const head = { status: response.status, headers, selecting: undefined }
  const stored = await createStoredResponse(head, body.bytes, now)
  if (posted.isOld(verdict.lifetime.tags)) return // another change has overtaken it: a GET must not get what was before
  await cache.write(resource, stored, {
    ...verdict.lifetime,
    jitter: 0,
    bytes: stored.bytes,
    codec: storedResponses,
  })
}

function isForSameUrl(c: Context): boolean {
  const location = c.res.headers.get('content-location')
  if (location === null) return false
  const { url } = c.req
  return URL.parse(location, url)?.href === (URL.parse(url)?.href ?? '') // Bun gives no host where a client says no fit one
}
