/** Answers of a cache: made from what is kept, or the handler's own with what the cache did. */
import type { Context } from 'hono'
import type { Read } from '../../cache/read.ts'
import { giveBack, replace, withFields } from '../context/context-response.ts'
import { type CacheStatus, cacheStatus } from '../fields/cache-status.ts'
import { type Conditions, clientHas } from '../fields/conditional.ts'
import { partFor } from '../fields/range.ts'
import { withoutOurs } from '../stored/stored-headers.ts'
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
  const notModified = isSuccess(kept.status) && clientHas(kept, conditionsOf(c), now)
  if (notModified && status.fwd !== undefined) status.fwdStatus ??= kept.status
  const response = kept.answer({
    head: c.req.method === 'HEAD',
    notModified,
    part: notModified ? undefined : partOf(c, kept, now),
    ageMs: read.outcome === 'miss' && read.ageMs < 1000 ? undefined : read.ageMs,
    cacheStatus: cacheStatus(status),
  })
  for (const [name, value] of own) {
    if (name === 'set-cookie') response.headers.append(name, value)
    else response.headers.set(name, value)
  }
  replace(c, withFields(response, around, kept.addedTo))
}

/** An answer that is not kept: the handler's own, with what the cache did. */
export function answerWith(c: Context, status: string, now: number): undefined {
  const { res } = c
  if (res.status < 200) return // an upgrade: not ours to touch
  const headers = withoutOurs(res.headers)
  headers.append('cache-status', status)
  const validators = {
    etag: headers.get('etag') ?? undefined,
    lastModified: headers.get('last-modified') ?? undefined,
  }
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
  // The handler may have been asked without the client's conditions, which are met here.
  const notModified = isRead && isSuccess(res.status) && clientHas(validators, conditionsOf(c), now)
  if (notModified) for (const name of ['content-length', 'content-type']) headers.delete(name)
  const bodyless = notModified || c.req.method === 'HEAD'
  if (bodyless) giveBack(res.body)
  replace(c, new Response(bodyless ? null : res.body, { status: notModified ? 304 : res.status, headers }))
}

function partOf(c: Context, kept: StoredResponse, now: number) {
  const range = c.req.header('range')
  if (range === undefined) return undefined
  return partFor({ method: c.req.method, range, ifRange: c.req.header('if-range') }, kept, now)
}

function conditionsOf(c: Context): Conditions {
  return { ifNoneMatch: c.req.header('if-none-match'), ifModifiedSince: c.req.header('if-modified-since') }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}
