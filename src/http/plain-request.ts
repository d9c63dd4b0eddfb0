/** The request as the handler behind a cache gets it: for the whole resource, whatever its client has already. */
import type { Context, Next } from 'hono'

/** What the client asked that only its own answer must obey: the handler is asked for the whole, unconditionally. */
const CLIENTS_OWN = [
  'if-none-match',
  'if-modified-since',
  'if-match',
  'if-unmodified-since',
  'if-range',
  'range',
]

/** Runs what is behind the cache, for an answer that may serve everyone. */
export async function askPlainly(c: Context, next: Next): Promise<void> {
  const { raw } = c.req
  if (raw.method === 'GET' && !CLIENTS_OWN.some((name) => raw.headers.has(name))) return next()
  const plain = new Request(raw, { method: 'GET' })
  for (const name of CLIENTS_OWN) plain.headers.delete(name)
  c.req.raw = plain
  try {
    await next()
  } finally {
    c.req.raw = raw
  }
}
