/** Answers of a cache: made from what is kept, or the handler's own with what the cache did. */
import type { Context } from 'hono'
import type { Read } from '../../cache/read.ts'
import { addHeaders, cancelBody, setResponse } from '../context/context-response.ts'
import { type CacheStatus, formatCacheStatus } from '../fields/cache-status.ts'
import { type Conditions, isNotModified } from '../fields/conditional.ts'
import { withoutInternalHeaders } from '../fields/internal-headers.ts'
import { requestedRange } from '../fields/range.ts'
import type { StoredResponse } from '../stored/stored-response.ts'
import type { Question, Told } from './cache-request.ts'

/** @param now epoch ms. @param own fields of this client alone. */
export function answerKept(
  { c, around }: Pick<Question, 'c' | 'around'>,
  kept: StoredResponse,
  read: Read<unknown>,
  status: CacheStatus,
  now: number,
  own: Told['own'] = [],
): undefined {
  const notModified = isSuccess(kept.status) && isNotModified(kept, conditionsOf(c), now)
  if (notModified && status.fwd !== undefined) status.fwdStatus ??= kept.status
  const response = kept.toResponse({
    head: c.req.method === 'HEAD',
    notModified,
    part: notModified ? undefined : partOf(c, kept, now),
    ageMs: read.outcome === 'miss' && read.ageMs < 1000 ? undefined : read.ageMs,
    cacheStatus: formatCacheStatus(status),
  })
  for (const [name, value] of own) {
    if (name === 'set-cookie') response.headers.append(name, value)
    else response.headers.set(name, value)
  }
  setResponse(c, addHeaders(response, around, kept.appendedHeaders))
}

/** An answer that is not kept: the handler's own, with what the cache did. */
export function answerWith(c: Context, status: string, now: number): undefined {
  const { res } = c
  if (res.status < 200) return // an upgrade: not ours to touch
  const headers = withoutInternalHeaders(res.headers)
  headers.append('cache-status', status)
  const validators = {
    etag: headers.get('etag') ?? undefined,
    lastModified: headers.get('last-modified') ?? undefined,
  }
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
  // The handler may have been asked without the client's conditions, which are met here.
  const notModified = isRead && isSuccess(res.status) && isNotModified(validators, conditionsOf(c), now)
  if (notModified) for (const name of ['content-length', 'content-type']) headers.delete(name)
  const bodyless = notModified || c.req.method === 'HEAD'
  if (bodyless) cancelBody(res.body)
  setResponse(
    c,
    new Response(bodyless ? null : res.body, { status: notModified ? 304 : res.status, headers }),
  )
}

function partOf(c: Context, kept: StoredResponse, now: number) {
  const range = c.req.header('range')
  if (range === undefined) return undefined
  return requestedRange({ method: c.req.method, range, ifRange: c.req.header('if-range') }, kept, now)
}

function conditionsOf(c: Context): Conditions {
  return { ifNoneMatch: c.req.header('if-none-match'), ifModifiedSince: c.req.header('if-modified-since') }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}
