/** Access to the proxy's own routes. */
import type { MiddlewareHandler } from 'hono'
import { problem } from '../../http/endpoints/problem.ts'
import { isLoopback } from '../../process/access/loopback.ts'
import { loopbackAccess, tokenAccess } from '../../process/access/page-access.ts'
import { OWN_PATH } from '../own-routes.ts'
import type { ProxyConfig } from '../proxy-config.ts'

const OTHERWISE = '--token lets other machines use it'

type Reach = Pick<ProxyConfig, 'host' | 'token'>

/** With a token: who sends it. Without one: browsers and tools on this machine if the proxy listens on loopback, otherwise nobody. */
export function pageAccess({ host, token }: Reach): 'token' | 'open' | 'off' {
  if (token !== undefined) return 'token'
  return isLoopback(host) ? 'open' : 'off'
}

/** Lets requests pass as {@link pageAccess} says. */
export function ownAccess(config: Reach): MiddlewareHandler {
  const { token } = config
  if (token !== undefined) return tokenAccess([token], `${OWN_PATH} needs the token of the proxy`)
  if (pageAccess(config) === 'open') return loopbackAccess(OWN_PATH, OTHERWISE)
  const refusal = `${OWN_PATH} is off, because the proxy listens on more than this machine. ${OTHERWISE}`
  return async () => problem(403, refusal)
}
