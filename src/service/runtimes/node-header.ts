/** A field of a request on Node: its server has parsed them all, and a Request would have to look for them once more. */
import type { IncomingMessage } from 'node:http'

/** @param env what @hono/node-server hands to `fetch` beside the request. */
export function incomingField(_request: Request, env: unknown, name: string): unknown {
  return (env as { incoming: IncomingMessage }).incoming.headers[name]
}
