/** Responses of `cached()`: made from a stored response, or the handler's own with `Cache-Status`. */
import type { Context } from 'hono'
import type { Read } from '../../cache/read.ts'
import { addHeaders, cancelBody, setResponse } from '../context/context-response.ts'
import type { CacheStatus } from '../fields/cache-status.ts'
import { type Conditions, isNotModified } from '../fields/conditional.ts'
import { withoutInternalHeaders } from '../fields/internal-headers.ts'
import { requestedRange } from '../fields/range.ts'
import type { StoredResponse } from '../stored/stored-response.ts'
import type { CacheRequest, LoadReport } from './cache-request.ts'

export interface RespondOptions {
  status: CacheStatus
  /** Formats the final status. */
  text: (status: CacheStatus) => string
  /** Epoch ms. */
  now: number
  /** Headers for this client alone. */
  privateHeaders?: LoadReport['privateHeaders'] | undefined
}

/** Answers conditions and ranges from the stored response. */
export function respondWithStored(
  { c, outerHeaders }: Pick<CacheRequest, 'c' | 'outerHeaders'>,
  stored: StoredResponse,
  read: Read<unknown>,
  { status, text, now, privateHeaders = [] }: RespondOptions,
): void {
  const notModified = isSuccess(stored.status) && isNotModified(stored, conditionsOf(c), now)
  const hasOtherStatus = notModified && status.fwd !== undefined && status.fwdStatus === undefined
  const response = stored.toResponse({
    head: c.req.method === 'HEAD',
    notModified,
    part: notModified ? undefined : partOf(c, stored, now),
    ageMs: read.outcome === 'miss' && read.ageMs < 1000 ? undefined : read.ageMs,
    cacheStatus: text(hasOtherStatus ? { ...status, fwdStatus: stored.status } : status),
  })
  for (const [name, value] of privateHeaders) {
    if (name === 'set-cookie') response.headers.append(name, value)
    else response.headers.set(name, value)
  }
  setResponse(c, addHeaders(response, outerHeaders, stored.appendedHeaders))
}

/** Adds `Cache-Status` to the handler's own response, which is not stored, and answers conditions from it. */
export function respondWithOwn(c: Context, cacheStatus: string, now: number): void {
  const { res } = c
  if (res.status < 200) return // the response of an upgrade cannot be changed
  const headers = withoutInternalHeaders(res.headers)
  headers.append('cache-status', cacheStatus)
  const validators = {
    etag: headers.get('etag') ?? undefined,
    lastModified: headers.get('last-modified') ?? undefined,
  }
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
  // The handler may have been called without the client's conditions.
  const notModified = isRead && isSuccess(res.status) && isNotModified(validators, conditionsOf(c), now)
  if (notModified) for (const name of ['content-length', 'content-type']) headers.delete(name)
  const isBodiless = notModified || c.req.method === 'HEAD'
  if (isBodiless) cancelBody(res.body)
  const status = notModified ? 304 : res.status
  setResponse(c, new Response(isBodiless ? null : res.body, { status, headers }))
}

function partOf(c: Context, stored: StoredResponse, now: number) {
  const range = c.req.header('range')
  if (range === undefined) return undefined
  return requestedRange({ method: c.req.method, range, ifRange: c.req.header('if-range') }, stored, now)
}

function conditionsOf(c: Context): Conditions {
  return { ifNoneMatch: c.req.header('if-none-match'), ifModifiedSince: c.req.header('if-modified-since') }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}
