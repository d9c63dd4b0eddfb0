/** Detects that the client of a request has closed its connection. */
import type { Context } from 'hono'

/** The parts of `node:http` and `node:http2` that @hono/node-server passes in `env`. */
interface NodeEnv {
  incoming?: { aborted?: unknown }
  outgoing?: { destroyed?: unknown }
}

/**
 * True if the client has gone. On Node the connection is asked, because the `signal` of a request is expensive there. On Workers it
 * is known only with the compatibility flag `enable_request_signal`.
 */
export function isClientGone(c: Context): boolean {
  const { incoming, outgoing } = (c.env as NodeEnv | undefined) ?? {}
  if (typeof outgoing?.destroyed === 'boolean') return outgoing.destroyed || incoming?.aborted === true
  return c.req.raw.signal?.aborted === true
}
