/** The service: its middleware and its routes, in the order in which a request passes them. */
import { Hono } from 'hono'
import { CallbackErrors } from '../callback-errors.ts'
import { cached } from '../http/cached/cached.ts'
import { purge } from '../http/endpoints/purge.ts'
import { scrape } from '../http/endpoints/scrape.ts'
import { fetchThrough } from '../http/front/front.ts'
import { FrontHits } from '../http/front/front-hits.ts'
import type { HitHeaders } from '../http/front/hit-headers.ts'
import { measured } from '../http/measured/measured.ts'
import { requireOptions, validateOptions } from '../options.ts'
import { addProblemId } from '../process/ids/add-problem-id.ts'
import { hitIds } from '../process/ids/hit-ids.ts'
import { createRequestIds } from '../process/ids/request-ids.ts'
import { setRequestIds } from '../process/ids/set-request-ids.ts'
import {
  type AnsweredRequest,
  answeredHit,
  answeredRequest,
  detailsOf,
  keepClient,
} from '../process/requests/answered-request.ts'
import { noSniff } from '../process/requests/no-sniff.ts'
import { crossOrigin } from './access/cross-origin.ts'
import { hitCrossOrigin } from './access/hit-cross-origin.ts'
import { readAccess } from './access/read-access.ts'
import { type RefusedRequest, reportRefusals } from './access/report-refusals.ts'
import { joinHitHeaders } from './join-hit-headers.ts'
import { apiDocs } from './openapi/api-docs.ts'
import { type Parts, partRules, REQUIRED_PARTS } from './parts.ts'
import { errorHandler, type ReportFailure } from './routes/error-handler.ts'
import { headLength } from './routes/head-length.ts'
import { health, readiness } from './routes/health.ts'
import { readUsers } from './routes/lists/read-users.ts'
import { notFound } from './routes/not-found.ts'
import { userKey } from './routes/user-caching.ts'
import { userRoutes } from './routes/users.ts'
import { withCompareAndSet } from './users/compare-and-set.ts'

/**
 * Creates the Hono app of the service.
 * @throws {TypeError} when a part is unknown, missing, or of the wrong type, or `targetedControl` is not valid.
 */
export function createApp(parts: Parts): Hono {
  validateOptions('createApp', parts, partRules)
  requireOptions('createApp', parts, partRules, REQUIRED_PARTS)
  const {
    cache,
    registry,
    instruments,
    targetedControl,
    hardTimeoutMs = 30_000,
    apiToken,
    adminToken,
    openWrites,
    requestIds = 'on',
    readToken,
    corsOrigins,
  } = parts
  const repository = withCompareAndSet(parts.repository)
  const onError = failureReporter(parts)
  const report = requestReporter(parts, onError)
  const app = new Hono()

  const reportFailure: ReportFailure = (error, { method, path, ids, isInBackground }) =>
    onError(error, { method, path, ...ids, ...(isInBackground ? { load: 'background' } : {}) })

  // Details are collected only if the part `onRequest` gets them.
  const isReported = parts.onRequest !== undefined
  if (isReported && parts.clientOf !== undefined) app.use(keepClient(parts.clientOf))
  if (requestIds !== 'off') app.use(setRequestIds(createRequestIds()))
  app.use(
    measured({
      onStart: instruments.onRequestStart,
      trace: true,
      ...(isReported ? { details: detailsOf } : {}),
      onEnd(end) {
        instruments.onRequestEnd(end)
        if (isReported) report(answeredRequest(end))
      },
      onError: (error, callback) => onError(error, { callback }),
    }),
  )

  app.use(noSniff, headLength)
  if (requestIds !== 'off') app.use(addProblemId)
  app.use(reportRefusals(refusalReporter(parts, onError), parts.clientOf))
  if (corsOrigins !== undefined) app.use('/api/*', crossOrigin(corsOrigins))
  if (readToken !== undefined) app.use('/api/*', readAccess({ readToken, apiToken }))

  app.get('/health', health(parts))
  app.get(
    '/health/ready',
    readiness({
      repository: () => repository.ping(),
      tiers: parts.tiers,
      ...(parts.phase && { phase: parts.phase }),
      onFailure: (part, error) => onError(error, { part }),
      onRecovery: recoveryReporter(parts, onError),
    }),
  )
  app.get('/metrics', scrape(registry, parts.metricsToken === undefined ? {} : { token: parts.metricsToken }))
  app.route(
    '/api',
    userRoutes({
      repository,
      // The front may serve these hits, which it counts itself: all middleware before this cache only counts and validates. With a
      // read token it may not, because it checks none.
      cachedUser: cached({
        cache,
        targetedControl,
        hardTimeoutMs,
        keyGenerator: userKey,
        front: readToken === undefined,
      }),
      readUsers: readUsers({ cache, repository, targetedControl, hardTimeoutMs, onFailure: reportFailure }),
      invalidate: (tags) => cache.invalidateTags(tags),
      now: () => cache.now(),
      apiToken,
      openWrites: openWrites ?? false,
    }),
  )
  if (adminToken !== undefined) {
    app.post('/admin/purge', purge({ cache, fetch: app.fetch, token: adminToken }))
  }

  if (parts.apiDocs !== false) app.route('/', apiDocs())

  app.notFound(notFound(app))
  app.onError(errorHandler(reportFailure))
  return app
}

type OnError = NonNullable<Parts['onError']>

/** Returns a function that passes errors to the part `onError`, and never throws. */
function failureReporter({ onError = () => {} }: Pick<Parts, 'onError'>): OnError {
  const report = new CallbackErrors('createApp').guard('onError', (failure: Parameters<OnError>) =>
    onError(...failure),
  )
  return (error, context) => report([error, context])
}

/** Returns a function that calls the part `onRequest`, and never throws. */
function requestReporter({ onRequest }: Pick<Parts, 'onRequest'>, onError: OnError) {
  const errors = new CallbackErrors('createApp', (error, callback) => onError(error, { callback }))
  return errors.guard('onRequest', (request: AnsweredRequest) => onRequest?.(request))
}

/** Returns a function that calls the part `onRecovery`, and never throws. */
function recoveryReporter({ onRecovery }: Pick<Parts, 'onRecovery'>, onError: OnError) {
  const errors = new CallbackErrors('createApp', (error, callback) => onError(error, { callback }))
  return errors.guard('onRecovery', (part: string) => onRecovery?.(part))
}

/** Returns a function that calls the part `onRefused`, and never throws. */
function refusalReporter({ onRefused }: Pick<Parts, 'onRefused'>, onError: OnError) {
  const errors = new CallbackErrors('createApp', (error, callback) => onError(error, { callback }))
  return errors.guard('onRefused', (request: RefusedRequest) => onRefused?.(request))
}

/** The parts that {@link createFetch} uses. */
type FrontParts = Pick<
  Parts,
  | 'cache'
  | 'instruments'
  | 'requestIds'
  | 'corsOrigins'
  | 'onRequest'
  | 'clientOf'
  | 'requestField'
  | 'onError'
>

/**
 * Returns the `fetch` of the service: the app behind a front that serves hits without Hono's router.
 * @throws {TypeError} when a part is unknown, missing, or of the wrong type.
 */
export function createFetch(app: Hono, parts: FrontParts): Hono['fetch'] {
  return createFront(app, parts).fetch
}

/** The app behind its front. */
export interface FrontedApp {
  fetch: Hono['fetch']
  /** The hits that the front serves, for servers that send them without a `Request` and a `Response`. */
  hits: FrontHits
}

/** @throws as {@link createFetch}. */
export function createFront(app: Hono, parts: FrontParts): FrontedApp {
  validateOptions('createFetch', parts, partRules)
  requireOptions('createFetch', parts, partRules, ['cache', 'instruments'])
  const { cache, instruments, requestIds = 'on', onRequest, clientOf, requestField: readHeader } = parts
  const onError = failureReporter(parts)
  const report = requestReporter(parts, onError)
  const hitHeaders = hitHeadersOf(parts)
  const hits = new FrontHits('createFetch', {
    cache,
    onRequest(end) {
      instruments.onRequest(end)
      // The ids come first among the headers of hits, if there are any.
      if (onRequest !== undefined)
        report(answeredHit(requestIds === 'off' ? { ...end, hitHeaders: undefined } : end))
    },
    ...(hitHeaders === undefined ? {} : { hitHeaders }),
    onError: (error, callback) => onError(error, { callback }),
  })
  const peer =
    onRequest && clientOf && ((request: Request, env: unknown) => ({ remoteAddress: clientOf(request, env) }))
  return { fetch: fetchThrough(hits, app.fetch, { readHeader, peer }), hits }
}

/** The headers that middleware would add to the hits of the front. */
function hitHeadersOf({ requestIds = 'on', corsOrigins }: FrontParts): HitHeaders | undefined {
  return joinHitHeaders([
    ...(requestIds === 'off' ? [] : [hitIds(createRequestIds(), requestIds === 'all')]),
    ...(corsOrigins === undefined ? [] : [hitCrossOrigin(corsOrigins)]),
  ])
}
