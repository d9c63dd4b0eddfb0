/** One thread's service: opened, listening, and drained at its end. The same code runs alone and among other threads. */
import type { Logger } from '@logtape/logtape'
import type { Hono } from 'hono'
import type { Cache } from '../../cache/cache.ts'
import type { InvalidationBus } from '../../cache/invalidation/invalidation-bus.ts'
import { withDeadline } from '../../cache/with-deadline.ts'
import type { Registry, SharedMetrics } from '../../metrics/index.ts'
import { processReaders } from '../../metrics/process/process-readers.ts'
import { pause } from '../pause.ts'
import type { Config } from '../startup/config.ts'
import { openRepository } from '../startup/open-repository.ts'
import { type OpenServiceOptions, openService } from '../startup/open-service.ts'
import { listenError } from '../startup/start-error.ts'
import { createDraining, type Draining } from './draining.ts'

/** The differences between Bun and Node. */
export interface Runtime {
  /** `bun` or `node`, with its version. */
  name: string
  /** URL of the program, which is also the entry of its threads. */
  entry: string
  /** @throws when the address cannot be used. */
  listen(fetch: Hono['fetch'], address: Address): Promise<Server>
  /** Reads a request header where the runtime has a faster way than `request.headers`. */
  requestField?: OpenServiceOptions['requestField'] | undefined
}

export interface Address {
  host: string
  /** 0 selects a free port. */
  port: number
  /** Lets other sockets with this option listen on the same port; the system spreads connections over them. */
  shared: boolean
}

/** A listening server. */
export interface Server {
  port: number
  /** Stops accepting and closes idle connections; resolves when the last connection is closed. */
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
  /** Stops accepting and finishes the received requests. True when all of them finished within `DRAIN_MS`. */
  stop(): Promise<boolean>
}

/** Time for requests in progress once the process stops. */
export const DRAIN_MS = 10_000

/**
 * Time between the first `Connection: close` and the closing of idle connections. A request sent on a connection just as it
 * is closed would be lost, so clients get this long to leave first.
 */
const CLOSE_NOTICE_MS = 100

const SWEEP_MS = 10_000

/** Maximum age of the gauges that other threads show for this one. */
const PUBLISH_MS = 1000

/** The address to listen on. */
export function addressOf({ host = '127.0.0.1', port, threads }: Config): Address {
  return { host, port, shared: threads > 1 }
}

/**
 * @throws {RepositoryError} when the database cannot be used
 * @throws {StartError} when the address cannot be used
 */
export async function serve(options: ServeOptions): Promise<RunningService> {
  const { runtime, config, log, startedAt, threadContext } = options
  const repository = openRepository(config.database)
  const { fetch, cache, registry } = openService({
    config,
    repository,
    log,
    runtime: runtime.name,
    process: processReaders({ startedAt }),
    coalesce: true,
    startedAt,
    invalidationBus: threadContext?.invalidationBus,
    requestField: runtime.requestField,
  })
  if (threadContext !== undefined) {
    registry.attach(threadContext.metrics)
    publishPeriodically(registry)
  }
  const draining = createDraining(fetch)
  const server = await listen(runtime, draining.fetch, addressOf(config)).catch(async (error: unknown) => {
    await repository.close()
    throw error
  })
  sweepPeriodically(cache)

  return {
    port: server.port,
    async stop() {
      draining.begin()
      const drained = drain(server, draining).then(() => true)
      const isDrained = await withDeadline(drained, DRAIN_MS, () => false)
      await repository.close()
      return isDrained
    },
  }
}

/** @throws {StartError} when the address cannot be used. */
export async function listen(runtime: Runtime, fetch: Hono['fetch'], address: Address): Promise<Server> {
  try {
    return await runtime.listen(fetch, address)
  } catch (error) {
    throw listenError(error, `HOST ${address.host}, PORT ${address.port}`)
  }
}

/** Removes expired entries even without reads and writes: `stats()` sweeps. */
function sweepPeriodically(cache: Cache): void {
  setInterval(() => cache.stats(), SWEEP_MS).unref()
}

/** Publishes the gauges that only this thread can compute, so that a scrape of another thread includes them. */
function publishPeriodically(registry: Registry): void {
  registry.publish()
  setInterval(() => registry.publish(), PUBLISH_MS).unref()
}

/** Resolves when every received request has its response. A connection that never sent a request does not count. */
async function drain(server: Server, draining: Draining): Promise<void> {
  await pause(CLOSE_NOTICE_MS)
  const closed = server.stop()
  await draining.whenIdle()
  // The last responses may still be in the socket buffers.
  await Promise.race([closed, pause(CLOSE_NOTICE_MS)])
  server.kill()
}
