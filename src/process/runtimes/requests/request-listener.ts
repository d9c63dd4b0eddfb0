/** The adapter between `node:http` and the service. */
import type { IncomingMessage } from 'node:http'
import { getRequestListener, RequestError } from '@hono/node-server'
import type { Hono } from 'hono'
import type { RequestListener } from '../../../http/front/front-listener.ts'
import type { Address } from '../../serving/server.ts'
import { hostnameOf, refuseHost } from './request-host.ts'

/**
 * Returns a listener that answers with `fetch`. A request of HTTP/1.0 may have no `Host`; one that is no host gets a 400.
 *
 * @param overrideGlobalObjects true to replace the global `Request` and `Response` by those of the adapter. Default: true.
 */
export function requestListener(
  fetch: Hono['fetch'],
  { host }: Pick<Address, 'host'>,
  overrideGlobalObjects = true,
): RequestListener {
  return getRequestListener(
    (request, env) =>
      'incoming' in env && lacksHost(env.incoming as IncomingMessage) ? refuseHost() : fetch(request, env),
    {
      hostname: hostnameOf(host),
      overrideGlobalObjects,
      // The service answers the errors of its handlers itself.
      errorHandler: (error) =>
        error instanceof RequestError ? refuseHost() : new Response(null, { status: 500 }),
    },
  )
}

/** True for an empty `Host`, for which the adapter uses `hostname` too, and for none in HTTP/1.1, which Bun lets pass. */
function lacksHost({ headers: { host }, httpVersion }: IncomingMessage): boolean {
  return host === '' || (host === undefined && httpVersion === '1.1')
}
