/** Middleware for routes that take JSON. Refuses other types, encoded bodies, and bodies that are too large or incomplete. */
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { problem } from './problem.ts'

const MAX_BODY_BYTES = 64 * 1024

const limit = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => problem(413, `The body must be at most ${MAX_BODY_BYTES} bytes`),
})

/**
 * Refuses a body of more than 64 KiB (413), and an incomplete body whose connection ended early (400, because it is no error of
 * the server).
 */
export async function limitBodySize(c: Context, next: () => Promise<void>): Promise<Response | undefined> {
  let isComplete = false
  try {
    return (await limit(c, () => {
      isComplete = true
      return next()
    })) as Response | undefined // bodyLimit returns the result of next(), which is undefined, or the response of onError
  } catch (error) {
    if (isComplete) throw error // a later handler threw this error
    return problem(400, 'The body is incomplete', { errors: [{ field: 'body', message: 'is incomplete' }] })
  }
}

/** Refuses a body that is not JSON, or that has a content encoding (415). */
export async function requireJson(c: Context, next: () => Promise<void>): Promise<Response | undefined> {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') {
    return problem(415, 'The body must be application/json', { headers: { accept: 'application/json' } })
  }
  if ((c.req.header('content-encoding') ?? 'identity') !== 'identity') {
    return problem(415, 'The body must not be encoded', { headers: { 'accept-encoding': 'identity' } })
  }
  await next()
}
