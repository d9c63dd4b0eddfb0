/**
 * Opens the service of one thread, listens, and drains it at the end. The same code runs in a single thread and in each of
 * several.
 */
import type { Logger } from '@logtape/logtape'
import type { Hono } from 'hono'
import type { InvalidationBus } from '../../cache/invalidation/invalidation-bus.ts'
import { byBackgroundTimers } from '../../cache/timing/schedule.ts'
import { withDeadline } from '../../cache/timing/with-deadline.ts'
import type { FrontHits } from '../../http/front/front-hits.ts'
import type { Registry, SharedMetrics } from '../../metrics/index.ts'
import { processReaders } from '../../metrics/process/process-readers.ts'
import { pause } from '../pause.ts'
import type { Config } from '../startup/config.ts'
import { openRepository } from '../startup/open-repository.ts'
import { openService } from '../startup/open-service.ts'
import { openSharedTier } from '../startup/open-shared-tier.ts'
import type { OpenRedis } from '../startup/redis-connection.ts'
import { listenError } from '../startup/start-error.ts'
import { createDraining, type Draining } from './draining.ts'

/** The differences between Bun and Node. */
export interface Runtime {
  /** `bun` or `node`, followed by its version. */
  name: string
  /** URL of the program. Each thread starts the same program. */
  entry: string
  /** False in a worker thread. Not read from `node:worker_threads`, which Bun takes 13 ms to load. */
  isMainThread: boolean
  /** Listens on the address. @throws when the address cannot be used. */
  listen(app: ServedApp, address: Address): Promise<Server>
  openRedis: OpenRedis
  /** Default of `SOCKET_HITS`. */
  defaultSocketHits: boolean
}

/** The parts of the service that a server calls. */
export interface ServedApp {
  fetch: Hono['fetch']
  /** The hits that the server may send itself, without `fetch`. Default: none. */
  hits?: FrontHits
  /** True if the server must send the hits from the socket. Default: false. */
  socketHits?: boolean
  /** True if every response must close its connection, which `fetch` ensures. Hits must then go through `fetch`. Default: false. */
  isDraining?(): boolean
}

export interface Address {
  host: string
  /** Port to listen on; 0 selects a free port. */
  port: number
  /** True if other sockets with this option may listen on the same port. The system then spreads connections over all of them. */
  shared: boolean
}

/** A listening server. */
export interface Server {
  port: number
  /** Stops accepting connections and closes idle ones. Resolves when the last connection is closed. */
  stop(): Promise<void>
  /** Closes every connection. */
  kill(): void
}

export interface ServeOptions {
  runtime: Runtime
  config: Config
  log: Logger
  /** Start of the process, epoch ms. */
  startedAt: number
  /** Absent when this is the only thread. */
  threadContext?: ThreadContext
}

/** State that a thread shares with the other threads. */
export interface ThreadContext {
  metrics: SharedMetrics
  invalidationBus: InvalidationBus
}

/** A listening service. */
export interface RunningService {
  port: number
  /**
   * Stops accepting connections and finishes the received requests. Resolves with true if all of them finished within
   * `DRAIN_MS`.
   */
  stop(): Promise<boolean>
}

/** Time in ms for which a process that was asked to stop waits for the requests in progress. */
export const DRAIN_MS = 10_000

/**
 * Time between the first `Connection: close` and the closing of idle connections, in ms. A request that arrives just as its
 * connection is closed would be lost, so clients get this time to disconnect first.
 */
const CLOSE_NOTICE_MS = 100

/** Interval in ms at which this thread publishes its gauges. A scrape of another thread shows values of at most this age. */
const PUBLISH_MS = 1000

/** The address to listen on. */
export function addressOf({ host = '127.0.0.1', port, threads }: Config): Address {
  return { host, port, shared: threads > 1 }
}

/**
 * Time in ms for the last messages to the shared tier at shutdown, after which its connection is closed. An unreachable tier does
 * not delay the end of the process for longer.
 */
const FAREWELL_MS = 250

/**
 * Opens the service of this thread and listens. Does not wait for the shared tier.
 * @throws {RepositoryError} when the database cannot be used
 * @throws {StartError} when the address cannot be used, or the client of the shared tier is not installed
 */
export async function serve(options: ServeOptions): Promise<RunningService> {
  const { runtime, config, log, startedAt, threadContext } = options
  const tier = await openSharedTier({ config: config.cache, log, openRedis: runtime.openRedis })
  const repository = openRepository(config.database)
  const readers = processReaders({
    startedAt,
    eventLoop: config.processMonitor,
    gc: config.processMonitor,
  })
  const { fetch, hits, cache, registry, lines } = openService({
    config,
    repository,
    log,
    runtime: runtime.name,
    process: readers,
    coalesce: true,
    startedAt,
    invalidationBus: threadContext?.invalidationBus,
    sharedTier: tier,
    schedule: byBackgroundTimers,
  })
  if (threadContext !== undefined) {
    registry.attach(threadContext.metrics)
    publishPeriodically(registry)
  }

  async function close(): Promise<void> {
    await withDeadline(cache.close(), FAREWELL_MS, () => null)
    await withDeadline(tier?.close() ?? Promise.resolve(), FAREWELL_MS, () => null)
    await repository.close()
    readers.close()
    lines.close()
  }

  const draining = createDraining(fetch)
  const served = {
    fetch: draining.fetch,
    hits,
    socketHits: config.socketHits,
    isDraining: () => draining.hasBegun,
  }
  const server = await listen(runtime, served, addressOf(config)).catch(async (error: unknown) => {
    await close()
    throw error
  })

  return {
    port: server.port,
    async stop() {
      draining.begin()
      const drained = drain(server, draining).then(() => true)
      const isDrained = await withDeadline(drained, DRAIN_MS, () => false)
      await close()
      return isDrained
    },
  }
}

/** Listens on the address. @throws {StartError} when the address cannot be used. */
export async function listen(runtime: Runtime, app: ServedApp, address: Address): Promise<Server> {
  try {
    return await runtime.listen(app, address)
  } catch (error) {
    throw listenError(error, `HOST ${address.host}, PORT ${address.port}`)
  }
}

/** Publishes the gauges that only this thread can compute, so that a scrape of another thread includes them. */
function publishPeriodically(registry: Registry): void {
  registry.publish()
  setInterval(() => registry.publish(), PUBLISH_MS).unref()
}

/** Resolves when every received request has its response. Does not wait for connections that never sent a request. */
async function drain(server: Server, draining: Draining): Promise<void> {
  await pause(CLOSE_NOTICE_MS)
  const closed = server.stop()
  await draining.whenIdle()
  // Responses may still be in the socket buffers, so the connections get some time before they are closed.
  await Promise.race([closed, pause(CLOSE_NOTICE_MS)])
  server.kill()
}
