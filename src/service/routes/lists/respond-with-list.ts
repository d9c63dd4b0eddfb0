/** The response with a list: its validators and links, and the parts of HTTP that a stored response would have. */
import type { Context } from 'hono'
import { respondWithOwn } from '../../../http/cached/respond.ts'
import { setResponse } from '../../../http/context/context-response.ts'
import { type CacheStatus, formatCacheStatus } from '../../../http/fields/cache-status.ts'
import { etagOf, etagOfText } from '../../../http/fields/conditional.ts'
import { CLIENT_DIRECTIVES } from '../user-caching.ts'
import type { Selection } from '../user-requests.ts'
import { ageOfList } from './list-status.ts'
import type { UserList } from './user-lists.ts'

const encoder = new TextEncoder()

export interface RespondWithListOptions {
  status: CacheStatus
  selection: Selection
  /** Current time, epoch ms. */
  now: number
}

/** Responds with the list, or with a 304, 206 or 416 if the request has conditions or a range. */
export async function respondWithList(
  c: Context,
  { body, reads }: UserList,
  { status, selection, now }: RespondWithListOptions,
): Promise<Response> {
  const text = JSON.stringify(body)
  const bytes = encoder.encode(text)
  const age = ageOfList(reads)
  const headers = {
    ...CLIENT_DIRECTIVES,
    'content-type': 'application/json',
    'content-length': String(bytes.byteLength),
    'accept-ranges': 'bytes',
    etag: etagOfText(text, bytes.byteLength) ?? (await etagOf(bytes)),
    ...(age === undefined ? {} : { age: String(age) }),
    ...linkOf(c.req.path, body, selection),
  }
  setResponse(c, new Response(text, { headers }))
  respondWithOwn(c, formatCacheStatus(status), now)
  return c.res
}

/** `Link` (RFC 8288) of a page: the next one, and the first one if this is another. */
function linkOf(path: string, body: UserList['body'], selection: Selection): { link?: string } {
  if (!('next' in body) || 'ids' in selection) return {}
  const first = `${path}?limit=${selection.limit}`
  const links = [
    ...(body.next === null ? [] : [`<${first}&after=${body.next}>; rel="next"`]),
    ...(selection.after === undefined ? [] : [`<${first}>; rel="first"`]),
  ]
  return links.length === 0 ? {} : { link: links.join(', ') }
}
