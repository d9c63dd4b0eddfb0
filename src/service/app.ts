/** The service: its middleware and its routes, in the order in which a request passes them. */
import { Hono } from 'hono'
import type { Cache } from '../cache/cache.ts'
import { cached } from '../http/cached/cached.ts'
import { purge } from '../http/endpoints/purge.ts'
import { scrape } from '../http/endpoints/scrape.ts'
import { type FrontOptions, front } from '../http/front/front.ts'
import { measured } from '../http/measured.ts'
import type { Instruments, RequestEnd } from '../instruments/create-instruments.ts'
import type { Registry } from '../metrics/index.ts'
import { errorHandler } from './routes/error-handler.ts'
import { headLength } from './routes/head-length.ts'
import { health, readiness } from './routes/health.ts'
import { notFound } from './routes/not-found.ts'
import { userKey, usersKey } from './routes/user-caching.ts'
import { userRoutes } from './routes/users.ts'
import type { UserRepository } from './users/repository.ts'

/** The parts that the service is made of. */
export interface Parts {
  repository: UserRepository
  cache: Cache
  registry: Registry
  instruments: Pick<Instruments, 'onRequestStart' | 'onRequestEnd' | 'onRequest'>
  /** Health check of each cache tier, by its name. Rejects when the tier is unavailable. */
  tiers: Readonly<Record<string, () => Promise<void>>>
  version: string
  runtime: string
  uptimeSeconds: () => number
  /** Lifetimes of stored users: directives as in `Hitrate-Cache-Control`. */
  targetedControl: string
  /** Writes must send it as `Authorization: Bearer`. Default none: writes are refused, unless `openWrites` is set. */
  apiToken?: string | undefined
  /** Lets anyone write while there is no token, for a service on loopback. Default false. */
  openWrites?: boolean
  /** Scrapes must send it as `Authorization: Bearer`. Default none: anyone may read the metrics. */
  metricsToken?: string | undefined
  /** Purges must send it as `Authorization: Bearer`. Default none: there is no purge route. */
  adminToken?: string | undefined
  /** Called at the end of every request. */
  onRequest?: (end: RequestEnd) => void
  /** Lets the front read a request header where the runtime has a faster way than `request.headers`. */
  requestField?: FrontOptions['readHeader'] | undefined
  /**
   * Called for every error that is not the client's fault. `context` has the `part` whose health check failed, or the
   * `method` and `path` of the request whose handler failed; in a background refresh also `load: 'background'`.
   */
  onError?: (error: unknown, context: Record<string, string>) => void
}

/** @throws {TypeError} when `targetedControl` is not valid. */
export function createApp(parts: Parts): Hono {
  const {
    repository,
    cache,
    registry,
    instruments,
    targetedControl,
    apiToken,
    adminToken,
    openWrites,
    onError = () => {},
  } = parts
  const app = new Hono()

  app.use(
    measured({
      onStart: instruments.onRequestStart,
      onEnd(end) {
        instruments.onRequestEnd(end)
        parts.onRequest?.(end)
      },
    }),
  )

  app.use(headLength)

  app.get('/health', health(parts))
  app.get(
    '/health/ready',
    readiness({
      repository: () => repository.ping(),
      tiers: parts.tiers,
      onFailure: (part, error) => onError(error, { part }),
    }),
  )
  app.get('/metrics', scrape(registry, parts.metricsToken === undefined ? {} : { token: parts.metricsToken }))
  app.route(
    '/api',
    userRoutes({
      repository,
      // Users are public, and the middleware before this cache only counts and validates. So the front may serve hits, and
      // counts them itself.
      cachedUser: cached({ cache, targetedControl, keyGenerator: userKey, front: true }),
      cachedUsers: cached({ cache, targetedControl, keyGenerator: usersKey }),
      invalidate: (tags) => cache.invalidateTags(tags),
      apiToken,
      openWrites: openWrites ?? false,
    }),
  )
  if (adminToken !== undefined) {
    app.post('/admin/purge', purge({ cache, fetch: app.fetch, token: adminToken }))
  }

  app.notFound(notFound(app))
  app.onError(
    errorHandler((error, { method, path, isInBackground }) =>
      onError(error, { method, path, ...(isInBackground ? { load: 'background' } : {}) }),
    ),
  )
  return app
}

/** Returns the `fetch` of the service: the app behind a front that serves hits without Hono's router. */
export function createFetch(
  app: Hono,
  {
    cache,
    instruments,
    onRequest,
    requestField,
  }: Pick<Parts, 'cache' | 'instruments' | 'onRequest' | 'requestField'>,
): Hono['fetch'] {
  return front(app.fetch, {
    cache,
    readHeader: requestField,
    onRequest(end) {
      instruments.onRequest(end)
      onRequest?.(end)
    },
  })
}
