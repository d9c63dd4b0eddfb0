/** Middleware that adds the member `request_id` to problem documents. */
import type { Context, Next } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { changeHeaders, setResponse } from '../../http/context/context-response.ts'
import { setsNoHeaders } from '../../http/context/sets-no-headers.ts'
import { loggedIdsOf } from './set-request-ids.ts'

/**
 * Adds the id that `setRequestIds` has set. It runs outside `cached`, so a stored document never has the member. An entity tag of the
 * response is not one of the document: that of a 412 belongs to the user.
 */
export const addProblemId = setsNoHeaders(async function addProblemId(c: Context, next: Next): Promise<void> {
  await next()
  if (!c.finalized || c.res.status < 400) return
  const { status, headers } = c.res
  if (headers.get('content-type') !== 'application/problem+json') return
  const { requestId } = loggedIdsOf(c)
  if (requestId === undefined) return
  const member = `,"request_id":"${requestId}"` // a request id needs no escapes
  const text = await c.res.text()
  const length = headers.get('content-length')
  changeHeaders(c, (headers) => headers.delete('content-length'))
  if (text === '') {
    // The stored response to a HEAD has no body, but the length of the document.
    if (length !== null) {
      changeHeaders(c, (headers) => headers.set('content-length', String(Number(length) + member.length)))
    }
    return
  }
  // Made by the context, so that `measured` can see the size. A document is a JSON object with other members.
  setResponse(c, c.body(`${text.slice(0, -1)}${member}}`, status as ContentfulStatusCode))
})
