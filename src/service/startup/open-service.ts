/** Opens the configured service: creates the parts and connects them. The same code runs on every runtime. */
import type { Logger } from '@logtape/logtape'
import type { Hono } from 'hono'
import type { Cache } from '../../cache/cache.ts'
import type { InvalidationBus } from '../../cache/invalidation/invalidation-bus.ts'
import type { Schedule } from '../../cache/timing/schedule.ts'
import { withDeadline } from '../../cache/timing/with-deadline.ts'
import type { DashboardControl } from '../../dashboard/controls/control.ts'
import { createInstruments } from '../../instruments/create-instruments.ts'
import { createRegistry, type ProcessReaders, type Registry } from '../../metrics/index.ts'
import { type AccessLines, createAccessLog } from '../../process/logging/access-log.ts'
import { createFailureLog } from '../../process/logging/failure-log.ts'
import { RepeatedLines } from '../../process/logging/repeated-lines.ts'
import type { Phase } from '../../process/phase.ts'
import type { ClientOf } from '../../process/requests/answered-request.ts'
import { openCache } from '../../process/startup/open-cache.ts'
import type { LoggedTier } from '../../process/startup/tiers/opened-tier.ts'
import { version } from '../../version.ts'
import type { RefusedRequest } from '../access/report-refusals.ts'
import { createApp, createFront, type FrontedApp } from '../app.ts'
import type { Parts } from '../parts.ts'
import { delayed } from '../users/delayed.ts'
import type { CompleteRepository } from '../users/repository.ts'
import type { Config } from './config.ts'
import { type MakePage, openDashboard } from './open-dashboard.ts'

export interface OpenServiceOptions {
  config: Config
  repository: CompleteRepository
  log: Logger
  /** Takes the lines of the access log. Default: they pass `log`. */
  accessLines?: AccessLines | undefined
  /** Name of the runtime for `/health` and `hitrate_build_info`. */
  runtime: string
  /** Readers of the process metrics. Default: none. */
  process?: ProcessReaders
  /** True if requests may share a load. False on Workers, where requests cannot share promises. */
  coalesce: boolean
  /** Start of the process, epoch ms. Default: now. */
  startedAt?: number
  /** Connects this cache with the caches of the other threads. Default: none. */
  invalidationBus?: InvalidationBus | undefined
  /** The shared tier of the cache. Default: none. */
  sharedTier?: LoggedTier | undefined
  /** Finds the address of a client. Default: log lines have none. */
  clientOf?: ClientOf
  /** Timers for the counts of repeated log lines. Default: none, for Workers; see `RepeatedLines`. */
  schedule?: Schedule
  /** The phase of the process, for `/health/ready`. Default: always `ready`. */
  phase?: () => Phase
  /** Makes the page at `/`, unless the configuration says `off`. Default: none. */
  page?: MakePage
  /** Makes buttons of the page, for development. Default: none. */
  controls?: (service: {
    cache: Cache
    fetch: (request: Request) => Response | Promise<Response>
  }) => readonly DashboardControl[]
}

export interface Service extends FrontedApp {
  app: Hono
  cache: Cache
  registry: Registry
  /** Log lines that repeat. Closing them writes the counts that are held back. */
  lines: RepeatedLines
}

export function openService(options: OpenServiceOptions): Service {
  const { config, log, runtime, process, coalesce, invalidationBus, sharedTier, page } = options
  const lines = new RepeatedLines(log, options.schedule === undefined ? {} : { schedule: options.schedule })
  const failureLog = createFailureLog({
    log,
    lines,
    sharedTier: sharedTier && { name: sharedTier.tier.name, log: sharedTier.log },
  })
  const registry = createRegistry({ onError: failureLog.onMetricError })
  const instruments = createInstruments({
    registry,
    version,
    runtime,
    ...(process === undefined ? {} : { process }),
  })
  const cache = openCache({
    config: config.cache,
    coalesce,
    invalidationBus,
    remote: sharedTier?.tier,
    onEvent(event) {
      instruments.onCacheEvent(event)
      failureLog.onCacheEvent(event)
    },
  })
  instruments.watch(cache)

  const parts: Parts = {
    repository: withConfiguredDelay(options.repository, config),
    cache,
    registry,
    instruments,
    tiers: config.cache.enabled ? tierChecks(config.cache, sharedTier) : {},
    version,
    runtime,
    ...(options.phase && { phase: options.phase }),
    uptimeSeconds: uptimeReader(options.startedAt ?? Date.now()),
    targetedControl: config.cache.targetedControl,
    hardTimeoutMs: config.repositoryDelayMs + 30_000, // a delayed repository is slow, but does not hang
    apiToken: config.apiToken,
    openWrites: config.openWrites,
    readToken: config.readToken,
    corsOrigins: config.corsOrigins,
    metricsToken: config.metricsToken,
    adminToken: config.adminToken,
    apiDocs: config.apiDocs,
    ...requestParts(options),
    onRefused: (request) => logRefusal(lines, request),
    onError: failureLog.onError,
    onRecovery: failureLog.onRecovery,
  }
  const app = createApp(parts)
  const controls = options.controls?.({ cache, fetch: (request) => app.fetch(request) })
  if (page !== undefined && config.dashboard !== 'off') {
    app.route('/', openDashboard({ config, registry, cache, fetch: app.fetch, controls, page }))
  }
  return { app, ...createFront(app, parts), cache, registry, lines }
}

/** The parts about single requests. A logged hit has ids too, so that its line can be found by them. */
function requestParts({ config, log, accessLines, clientOf }: OpenServiceOptions) {
  const { requestIds, accessLog, logLevel } = config
  if (!accessLog && logLevel !== 'debug') return { requestIds }
  return {
    requestIds: requestIds === 'on' ? ('all' as const) : requestIds,
    onRequest: createAccessLog({ log, level: accessLog ? 'info' : 'debug', lines: accessLines }),
    clientOf,
  }
}

/**
 * Time in ms that a readiness probe waits for the shared tier; more, if reads may wait longer. The probe has to answer in time
 * although the tier does not.
 */
const TIER_CHECK_MS = 250

/** Health checks by the name of the tier. */
function tierChecks(config: Config['cache'], sharedTier: LoggedTier | undefined): Parts['tiers'] {
  const memory = async () => {} // the memory tier is in this process, so its check never fails
  if (sharedTier === undefined) return { memory }
  const { tier, log } = sharedTier
  const timeoutMs = Math.max(TIER_CHECK_MS, config.sharedTier?.timeoutMs ?? 0)

  async function answersPing(): Promise<void> {
    await withDeadline(tier.ping(), timeoutMs, () => {
      throw new Error(`no answer within ${timeoutMs} ms`)
    })
    log.answered()
  }
  return { memory, [tier.name]: answersPing }
}

function withConfiguredDelay(
  repository: CompleteRepository,
  { repositoryDelayMs }: Config,
): CompleteRepository {
  return repositoryDelayMs > 0 ? delayed(repository, repositoryDelayMs) : repository
}

/**
 * Returns a function that computes the uptime. It reads the wall clock once and the monotonic clock afterwards, so that a
 * change of the wall clock cannot change the uptime.
 */
function uptimeReader(startedAt: number): () => number {
  const ageMs = Date.now() - startedAt
  const openedAt = performance.now()
  return () => (ageMs + performance.now() - openedAt) / 1000
}

/** The same refusal is one line a minute, so that a client without a token cannot fill the log. */
function logRefusal(lines: RepeatedLines, request: RefusedRequest): void {
  lines.write({
    level: 'warning',
    message: 'Request refused',
    kind: `${request.status} ${request.reason}`,
    properties: () => ({ ...request }),
  })
}
