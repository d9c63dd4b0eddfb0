/** Sets Content-Length on responses to HEAD (RFC 9110 §9.3.2). Servers do not get the body, so some would send a length of 0. */
import type { Context, Next } from 'hono'
import { setResponse } from '../../http/context/context-response.ts'
import { setsNoHeaders } from '../../http/context/sets-no-headers.ts'

export const headLength = setsNoHeaders(function headLength(c: Context, next: Next): Promise<void> {
  return c.req.method === 'HEAD' ? withLength(c, next) : next()
})

async function withLength(c: Context, next: Next): Promise<void> {
  await next()
  const { res } = c
  if (res.body === null || res.headers.has('content-length')) return
  const headers = new Headers(res.headers)
  headers.set('content-length', String((await res.arrayBuffer()).byteLength))
  setResponse(c, new Response(null, { status: res.status, headers }))
}
