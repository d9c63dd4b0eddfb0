/** Sets the response of `cached()`: one made from a stored response, or the handler's own with `Cache-Status` added. */
import type { Context } from 'hono'
import type { Read } from '../../cache/read.ts'
import {
  addHeaders,
  cancelBody,
  changeHeaders,
  isUncopyable,
  markComplete,
  setResponse,
} from '../context/context-response.ts'
import type { CacheStatus } from '../fields/cache-status.ts'
import { type Conditions, isConditionalOrRange, isNotModified, NOT_ON_304 } from '../fields/conditional.ts'
import { removeInternalHeaders } from '../fields/internal-headers.ts'
import {
  type ByteRange,
  headersOf206,
  headersOf416,
  parseLength,
  type Representation,
  requestedRange,
} from '../fields/range.ts'
import type { RequestHeader } from '../fields/vary.ts'
import { ALREADY_SENT } from '../policy/storage-policy.ts'
import { cutBody } from '../stored/cut-body.ts'
import type { RecentHeads } from '../stored/heads/recent-heads.ts'
import type { StoredResponse } from '../stored/stored-response.ts'
import type { CacheRequest, LoadReport } from './cache-request.ts'

/** The request to respond to. Its headers default to those that it has now. */
type Answered = Pick<CacheRequest, 'c' | 'outerHeaders'> & Partial<Pick<CacheRequest, 'header'>>

export interface RespondOptions {
  status: CacheStatus
  /** Formats the status for `Cache-Status`. */
  text: (status: CacheStatus) => string
  /** Current time, epoch ms. */
  now: number
  /** Response headers for this client only. */
  privateHeaders?: LoadReport['privateHeaders'] | undefined
  isFirstReader?: boolean | undefined
  recent?: RecentHeads | undefined
}

/** Responds with the stored response, or with a 304, 206 or 416 made from it if the request has conditions or a range. */
export function respondWithStored(
  { c, outerHeaders, header = headerOf(c) }: Answered,
  stored: StoredResponse,
  read: Read<unknown>,
  { status, text, now, privateHeaders = [], isFirstReader, recent }: RespondOptions,
): void {
  const isWhole = !isConditionalOrRange(header)
  const notModified = !isWhole && isSuccess(stored.status) && isNotModified(stored, conditionsOf(header), now)
  const hasOtherStatus = notModified && status.fwd !== undefined && status.fwdStatus === undefined
  const response = stored.toResponse({
    head: c.req.method === 'HEAD',
    notModified,
    part: isWhole || notModified ? undefined : partOf(c.req.method, header, stored, now),
    ageMs: read.outcome === 'miss' && read.ageMs < 1000 ? undefined : read.ageMs,
    isFirstReader,
    recent,
    cacheStatus: text(hasOtherStatus ? { ...status, fwdStatus: stored.status } : status),
  })
  for (const [name, value] of privateHeaders) {
    if (name === 'set-cookie') response.headers.append(name, value)
    else response.headers.set(name, value)
  }
  if (stored.isComplete) markComplete(c, response)
  setResponse(c, addHeaders(response, outerHeaders, stored.appendedHeaders))
}

/**
 * Responds with the handler's own response, which is not stored. Adds `Cache-Status`, and makes it a 304, 206 or 416 if the
 * client's conditions or its range require one, because the handler may have been called without them.
 *
 * @param isBypass true if only the handler decides about ranges.
 */
export function respondWithOwn(c: Context, cacheStatus: string, now: number, isBypass = false): void {
  const { status, headers } = c.res // `statusText` is read only if needed, because on Node the length is lost then
  if (isUncopyable(status) || headers.has(ALREADY_SENT)) return
  const isHead = c.req.method === 'HEAD'
  const isRead = isHead || c.req.method === 'GET'
  const own = representationOf(status, headers, now)
  const { etag, lastModified, acceptRanges = 'bytes', length = 0 } = own
  const notModified =
    isRead && isSuccess(status) && isNotModified({ etag, lastModified }, conditionsOf(headerOf(c)), now)
  const part = notModified || isBypass ? undefined : partOf(c.req.method, headerOf(c), own, now)

  function change(all: Headers): void {
    removeInternalHeaders(all)
    all.append('cache-status', cacheStatus)
    if (notModified || part === 'unsatisfiable') for (const name of NOT_ON_304) all.delete(name)
    if (part === undefined) return
    const range = part === 'unsatisfiable' ? headersOf416(length) : headersOf206(part, length)
    for (const [name, value] of Object.entries({ 'accept-ranges': acceptRanges, ...range }))
      all.set(name, value)
  }

  if (notModified) setResponse(c, emptied(c.res, 304))
  else if (part === 'unsatisfiable') setResponse(c, emptied(c.res, 416))
  else if (isHead) setResponse(c, emptied(c.res, status, c.res.statusText))
  changeHeaders(c, change)
  if (part !== undefined && part !== 'unsatisfiable') setResponse(c, cut(c.res, part))
}

function cut({ body, headers }: Response, part: ByteRange): Response {
  return new Response(body && cutBody(body, part), { status: 206, headers })
}

/** The headers of a response without its body, which is cancelled. */
function emptied({ body, headers }: Response, status: number, statusText = ''): Response {
  cancelBody(body)
  return new Response(null, { status, statusText, headers })
}

/** The properties of the handler's response that decide about conditions and ranges. */
function representationOf(status: number, headers: Headers, now: number): Representation {
  const value = (name: string) => headers.get(name) ?? undefined
  return {
    status,
    etag: value('etag'),
    lastModified: value('last-modified'),
    date: value('date') ?? new Date(now).toUTCString(),
    acceptRanges: value('accept-ranges'),
    length: parseLength(headers.get('content-length')),
  }
}

function headerOf(c: Context): RequestHeader {
  return (name) => c.req.header(name)
}

function partOf(method: string, header: RequestHeader, representation: Representation, now: number) {
  const range = header('range')
  if (range === undefined) return undefined
  return requestedRange({ method, range, ifRange: header('if-range') }, representation, now)
}

function conditionsOf(header: RequestHeader): Conditions {
  return { ifNoneMatch: header('if-none-match'), ifModifiedSince: header('if-modified-since') }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}
