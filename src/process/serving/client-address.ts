/** The address of the client of a request, on Bun and Node. */
import { withoutIpv4Prefix } from '../requests/answered-request.ts'

/** The second argument of `fetch`: Bun's server, or the request of `node:http`. */
interface Environment {
  requestIP?: (request: Request) => { address: string } | null
  incoming?: { socket?: { remoteAddress?: string } }
}

/**
 * Returns the address of the connection: behind a proxy, that of the proxy. Fields that a client can send, such as
 * `X-Forwarded-For`, are not read.
 *
 * @param request a `SocketRequest` knows its own connection.
 * @param env see {@link Environment}.
 */
export function clientAddress(request: Request, env: unknown): string | undefined {
  const { incoming, requestIP } = (env as Environment | undefined) ?? {}
  const { remoteAddress } = request as Request & { remoteAddress?: string }
  const address = incoming?.socket?.remoteAddress ?? remoteAddress ?? requestIP?.call(env, request)?.address
  return withoutIpv4Prefix(address)
}
