/** From configuration to the whole service: the parts, put together the same way on every runtime. */
import type { Logger } from '@logtape/logtape'
import type { Hono } from 'hono'
import type { Cache } from '../../cache/cache.ts'
import type { InvalidationBus } from '../../cache/invalidation/invalidation-bus.ts'
import { createInstruments, type RequestEnd } from '../../instruments/create-instruments.ts'
import { createRegistry, type ProcessReaders, type Registry } from '../../metrics/index.ts'
import { version } from '../../version.ts'
import { createApp, createFetch, type Parts } from '../app.ts'
import { createFailureLog } from '../logging/failure-log.ts'
import { errorText } from '../logging/log.ts'
import { delayed } from '../users/delayed.ts'
import type { UserRepository } from '../users/repository.ts'
import type { Config } from './config.ts'
import { openCache } from './open-cache.ts'

export interface OpenServiceOptions {
  config: Config
  repository: UserRepository
  log: Logger
  /** Its name, in `/health` and in `hitrate_build_info`. */
  runtime: string
  /** What the runtime can say of the process. */
  process?: ProcessReaders
  /** May requests share a promise? Not on Workers. */
  coalesce: boolean
  /** When the process started, epoch ms; a thread cannot know by itself. Default now. */
  startedAt?: number
  /** The caches of the other threads. Default none. */
  invalidationBus?: InvalidationBus | undefined
  /** How a request's field is read, where the runtime has a quicker way than the request. */
  requestField?: Parts['requestField'] | undefined
}

export interface Service {
  app: Hono
  /** Answers its requests: the app's, and before it the front. */
  fetch: Hono['fetch']
  cache: Cache
  registry: Registry
}

export function openService({
  config,
  repository,
  log,
  runtime,
  process,
  coalesce,
  startedAt = Date.now(),
  invalidationBus,
  requestField,
}: OpenServiceOptions): Service {
  const registry = createRegistry({
    onError: (error, metric) =>
      log.error('A metric could not be computed', { metric, error: errorText(error) }),
  })
  const instruments = createInstruments({
    registry,
    version,
    runtime,
    ...(process === undefined ? {} : { process }),
  })
  const failureLog = createFailureLog(log)
  const cache = openCache({
    config: config.cache,
    coalesce,
    invalidationBus,
    onEvent(event) {
      instruments.onCacheEvent(event)
      failureLog.onCacheEvent(event)
    },
  })
  if (config.cache.enabled) instruments.watch(cache)

  function logAnswer({ method, route, status, durationMs }: RequestEnd): void {
    log.debug('Answered', { method, route, status, durationMs: Math.round(durationMs * 1000) / 1000 })
  }

  const ageMs = Date.now() - startedAt
  const openedAt = performance.now() // from here on no clock that is set can make it younger
  const parts: Parts = {
    repository: config.repositoryDelayMs > 0 ? delayed(repository, config.repositoryDelayMs) : repository,
    cache,
    registry,
    instruments,
    tiers: config.cache.enabled ? { memory: async () => {} } : {}, // memory is there as long as the process is
    version,
    runtime,
    uptimeSeconds: () => (ageMs + performance.now() - openedAt) / 1000,
    targetedControl: config.cache.targetedControl,
    apiToken: config.apiToken,
    openWrites: config.openWrites,
    metricsToken: config.metricsToken,
    adminToken: config.adminToken,
    requestField,
    // Without it nothing is put together that nobody would read: a hit would pay for it.
    ...(config.logLevel === 'debug' ? { onRequest: logAnswer } : {}),
    onError: failureLog.onError,
  }
  const app = createApp(parts)
  return { app, fetch: createFetch(app, parts), cache, registry }
}
