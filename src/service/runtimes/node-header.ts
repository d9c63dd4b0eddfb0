/** Fast access to request headers on Node. */
import type { IncomingMessage } from 'node:http'

/**
 * Returns a request header from the already parsed `IncomingMessage`, which is faster than `request.headers`.
 * @param env the second argument that @hono/node-server passes to `fetch`.
 */
export function nodeHeader(_request: Request, env: unknown, name: string): unknown {
  return (env as { incoming: IncomingMessage }).incoming.headers[name]
}
