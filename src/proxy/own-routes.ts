/** The proxy's own routes, below `/__hitrate`. No request below that path reaches the upstream. */
import { Hono, type MiddlewareHandler } from 'hono'
import type { Cache } from '../cache/cache.ts'
import { problem } from '../http/endpoints/problem.ts'
import { purge } from '../http/endpoints/purge.ts'
import { scrape } from '../http/endpoints/scrape.ts'
import type { Registry } from '../metrics/index.ts'
import type { Phase } from '../process/phase.ts'

/** First segment of the paths of these routes. */
export const OWN_PATH = '/__hitrate'

export interface OwnRoutesOptions {
  cache: Cache
  registry: Registry
  /** `fetch` of the proxy, for purges of single URLs. */
  fetch: Hono['fetch']
  /** Refuses requests that may not use the routes. */
  access: MiddlewareHandler
  /** Makes the page, mounted at {@link OWN_PATH}. Default: there is none. @param fetch that of the proxy, for purges of URLs. */
  page?: ((fetch: Hono['fetch']) => Hono) | undefined
  version: string
  /** `bun` or `node`, followed by its version. */
  runtime: string
  /** Origin of the upstream. */
  upstream: string
  phase: () => Phase
  uptimeSeconds: () => number
}

export function ownRoutes(options: OwnRoutesOptions): Hono {
  const { cache, registry, fetch, access, page, phase, uptimeSeconds, version, runtime, upstream } = options
  const app = new Hono()
  app.use(async (c, next) => {
    await next()
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store')
    c.header('x-content-type-options', 'nosniff')
  })
  // Open to everyone: it says nothing but the state of the process, which load balancers ask for.
  app.get('/health/ready', (c) => {
    const isReady = phase() === 'ready'
    return c.json({ status: phase() }, isReady ? 200 : 503)
  })
  app.use(access)
  app.get('/health', (c) => {
    const status = phase() === 'ready' ? 'ok' : phase()
    return c.json({ status, version, runtime, upstream, uptime_seconds: Math.floor(uptimeSeconds()) })
  })
  app.get('/metrics', scrape(registry))
  if (page !== undefined) app.route('/', page(fetch)) // has an endpoint for purges, too
  app.post('/purge', purge({ cache, fetch }))
  app.all('*', () => problem(404, `${OWN_PATH} has health, metrics and purge`))
  return app
}
