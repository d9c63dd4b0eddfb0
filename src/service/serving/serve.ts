/** One thread's service: opened, listening, and drained at its end. The same alone and among other threads. */
import type { Logger } from '@logtape/logtape'
import type { Hono } from 'hono'
import type { Cache } from '../../cache/cache.ts'
import type { InvalidationBus } from '../../cache/invalidation/invalidation-bus.ts'
import type { Registry, SharedMetrics } from '../../metrics/index.ts'
import { processReaders } from '../../metrics/process/process-readers.ts'
import type { Config } from '../startup/config.ts'
import { openRepository } from '../startup/open-repository.ts'
import { type OpenServiceOptions, openService } from '../startup/open-service.ts'
import { cannotListen } from '../startup/start-error.ts'
import { type Draining, draining } from './draining.ts'
import { pause, within } from './timeouts.ts'

/** What differs between Bun and Node. */
export interface Runtime {
  /** `bun` or `node`, with its version. */
  name: string
  /** The URL of the program, which its threads run too. */
  entry: string
  /** @throws when it cannot listen there. */
  listen(fetch: Hono['fetch'], address: Address): Promise<Server>
  /** How a request's field is read, where there is a quicker way than the request. */
  requestField?: OpenServiceOptions['requestField'] | undefined
}

export interface Address {
  host: string
  /** 0 takes a free one. */
  port: number
  /** May others listen there who say so too? The system spreads connections over them. */
  shared: boolean
}

/** A server that listens. */
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
  /** When the process started, epoch ms. */
  startedAt: number
  /** Absent when this is the only thread. */
  place?: Place
}

/** A thread's place among the others. */
export interface Place {
  metrics: SharedMetrics
  invalidationBus: InvalidationBus
}

/** A service that listens. */
export interface Serving {
  port: number
  /** Stops accepting, finishes what was received. True when all of it was answered within `DRAIN_MS`. */
  stop(): Promise<boolean>
}

/** How long requests already received may take to finish once the process is told to stop. */
export const DRAIN_MS = 10_000

/**
 * A client that sends on an idle connection just as it is closed loses its request. So for this long every answer
 * asks its client to leave, before idle connections are closed: those still open then are really idle.
 */
const FAREWELL_MS = 100

const SWEEP_MS = 10_000

/** How old what other threads show of this one may be. */
const PUBLISH_MS = 1000

/** Where the service is to listen. */
export function addressOf({ host = '127.0.0.1', port, threads }: Config): Address {
  return { host, port, shared: threads > 1 }
}

/**
 * @throws {RepositoryError} when the database cannot be used
 * @throws {StartError} when it cannot listen there
 */
export async function serve({ runtime, config, log, startedAt, place }: ServeOptions): Promise<Serving> {
  const repository = openRepository(config.database)
  const { fetch, cache, registry } = openService({
    config,
    repository,
    log,
    runtime: runtime.name,
    process: processReaders({ startedAt }),
    coalesce: true,
    startedAt,
    invalidationBus: place?.invalidationBus,
    requestField: runtime.requestField,
  })
  if (place !== undefined) {
    registry.attach(place.metrics)
    publishing(registry)
  }
  const service = draining(fetch)
  const server = await listen(runtime, service.fetch, addressOf(config)).catch(async (error: unknown) => {
    await repository.close()
    throw error
  })
  sweeping(cache)

  return {
    port: server.port,
    async stop() {
      service.begin()
      const drained = await within(DRAIN_MS, stopGently(server, service))
      await repository.close()
      return drained
    },
  }
}

/** @throws {StartError} when it cannot listen there. */
export async function listen(runtime: Runtime, fetch: Hono['fetch'], address: Address): Promise<Server> {
  try {
    return await runtime.listen(fetch, address)
  } catch (error) {
    throw cannotListen(error, `HOST ${address.host}, PORT ${address.port}`)
  }
}

/** What is dead leaves also when nobody reads or writes. */
function sweeping(cache: Cache): void {
  setInterval(() => cache.stats(), SWEEP_MS).unref()
}

/** Gauges that only this thread can compute: a scrape that another thread answers shows them as published last. */
function publishing(registry: Registry): void {
  registry.publish()
  setInterval(() => registry.publish(), PUBLISH_MS).unref()
}

/** Resolves when every request received has been answered; connections that never sent one do not count. */
async function stopGently(server: Server, service: Draining): Promise<void> {
  await pause(FAREWELL_MS)
  const closed = server.stop()
  await service.idle()
  // The last answers may still be on their way out.
  await Promise.race([closed, pause(FAREWELL_MS)])
  server.kill()
}
