/** Sets the response of `cached()`: one made from a stored response, or the handler's own with `Cache-Status` added. */
import type { Context } from 'hono'
import type { Read } from '../../cache/read.ts'
import { addHeaders, cancelBody, changeHeaders, setResponse } from '../context/context-response.ts'
import type { CacheStatus } from '../fields/cache-status.ts'
import { type Conditions, isNotModified, NOT_ON_304 } from '../fields/conditional.ts'
import { removeInternalHeaders } from '../fields/internal-headers.ts'
import { requestedRange } from '../fields/range.ts'
import type { StoredResponse } from '../stored/stored-response.ts'
import type { CacheRequest, LoadReport } from './cache-request.ts'

export interface RespondOptions {
  status: CacheStatus
  /** Formats the status for `Cache-Status`. */
  text: (status: CacheStatus) => string
  /** Current time, epoch ms. */
  now: number
  /** Response headers for this client only. */
  privateHeaders?: LoadReport['privateHeaders'] | undefined
}

/** Responds with the stored response, or with a 304, 206 or 416 made from it if the request has conditions or a range. */
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

/**
 * Responds with the handler's own response, which is not stored. Adds `Cache-Status`, and makes it a 304 if the conditions
 * require one.
 */
export function respondWithOwn(c: Context, cacheStatus: string, now: number): void {
  const { status, statusText, headers } = c.res
  if (status < 200) return // the 101 response to an upgrade is immutable
  const validators = {
    etag: headers.get('etag') ?? undefined,
    lastModified: headers.get('last-modified') ?? undefined,
  }
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
  // The handler may have been called without the client's conditions, so they are evaluated here.
  const notModified = isRead && isSuccess(status) && isNotModified(validators, conditionsOf(c), now)
  if (notModified || c.req.method === 'HEAD') {
    cancelBody(c.res.body)
    setResponse(
      c,
      new Response(null, { ...(notModified ? { status: 304 } : { status, statusText }), headers }),
    )
  }
  changeHeaders(c, (all) => {
    removeInternalHeaders(all)
    if (notModified) for (const name of NOT_ON_304) all.delete(name)
    all.append('cache-status', cacheStatus)
  })
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
