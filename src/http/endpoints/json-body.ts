/** What a route that takes JSON refuses before it reads it: other types, encodings, too much, and what breaks off. */
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { problem } from './problem.ts'

const MAX_BODY_BYTES = 64 * 1024

const limit = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => problem(413, `The body must be at most ${MAX_BODY_BYTES} bytes`),
})

/** A body that breaks off is its client's fault, and no error of ours. */
export async function limited(c: Context, next: () => Promise<void>): Promise<Response | undefined> {
  let whole = false
  try {
    return (await limit(c, () => {
      whole = true
      return next()
    })) as Response | undefined // what bodyLimit gives back is next()'s nothing, or onError's answer
  } catch (error) {
    if (whole) throw error
    return problem(400, 'The body broke off', { errors: [{ field: 'body', message: 'broke off' }] })
  }
}

export async function isJson(c: Context, next: () => Promise<void>): Promise<Response | undefined> {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') {
    return problem(415, 'The body must be application/json', { headers: { accept: 'application/json' } })
  }
  if ((c.req.header('content-encoding') ?? 'identity') !== 'identity') {
    return problem(415, 'The body must not be encoded', { headers: { 'accept-encoding': 'identity' } })
  }
  await next()
}
