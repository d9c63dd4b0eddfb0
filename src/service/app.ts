/** The service: which middleware and which routes, in what order. A request's table of contents. */
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
import { unmatched } from './routes/not-found.ts'
import { userKey, userRoutes, usersKey } from './routes/users.ts'
import type { UserRepository } from './users/repository.ts'

/** What the service is made of. */
export interface Parts {
  repository: UserRepository
  cache: Cache
  registry: Registry
  instruments: Pick<Instruments, 'onRequestStart' | 'onRequestEnd' | 'onRequest'>
  /** Each tier by name; rejects when it is out. */
  tiers: Readonly<Record<string, () => Promise<void>>>
  version: string
  runtime: string
  uptimeSeconds: () => number
  /** How long users are kept and served stale: directives for `Hitrate-Cache-Control`. */
  targetedControl: string
  /** Writes need it. */
  apiToken?: string | undefined
  /** Without a token anyone may write: only for a service that nobody else can reach. Default false. */
  openWrites?: boolean
  /** Scrapes need it. */
  metricsToken?: string | undefined
  /** Purges need it; without one there is no route for them. */
  adminToken?: string | undefined
  /** Told of every answered request. */
  onRequest?: (end: RequestEnd) => void
  /** How the front reads a request's field, where the runtime has a quicker way than the request. */
  requestField?: FrontOptions['readHeader'] | undefined
  /**
   * Told of every error that is not a client's fault, with the `part` that is out, or the `method` and `path` of the request
   * whose handler failed; with `load: 'background'` where that request had been answered from the cache already.
   */
  onError?: (error: unknown, context: Record<string, string>) => void
}

/** @throws {TypeError} when `targetedControl` cannot be read. */
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
      // Anyone may read a user: what stands before this cache counts and checks, and the front does the counting.
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

  app.notFound(unmatched(app))
  app.onError(
    errorHandler((error, { method, path, isInBackground }) =>
      onError(error, { method, path, ...(isInBackground ? { load: 'background' } : {}) }),
    ),
  )
  return app
}

/** What answers the service's requests: the app, and before it the cache for the hits that need no more. */
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
