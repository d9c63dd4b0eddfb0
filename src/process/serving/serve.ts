/**
 * Opens the program in one thread, listens, and drains it at the end. The same code runs in a single thread and in each of
 * several.
 */
import type { Logger } from '@logtape/logtape'
import type { InvalidationBus } from '../../cache/invalidation/invalidation-bus.ts'
import { byBackgroundTimers } from '../../cache/timing/schedule.ts'
import { withDeadline } from '../../cache/timing/with-deadline.ts'
import type { Registry, SharedMetrics } from '../../metrics/index.ts'
import { processReaders } from '../../metrics/process/process-readers.ts'
import type { AccessLines } from '../logging/access-log.ts'
import { pause } from '../pause.ts'
import type { NextPhase, Phase } from '../phase.ts'
import { openSharedTier } from '../startup/open-shared-tier.ts'
import type { ProcessConfig } from '../startup/process-config.ts'
import { listenError } from '../startup/start-error.ts'
import { clientAddress } from './client-address.ts'
import { createDraining } from './draining.ts'
import type { Program } from './program.ts'
import type { Runtime } from './runtime.ts'
import type { Address, ServedApp, Server } from './server.ts'
import { createServerStop, loopTurns } from './stop-server.ts'

export interface ServeOptions<Config extends ProcessConfig> {
  runtime: Runtime
  program: Program<Config>
  config: Config
  log: Logger
  /** Takes the lines of the access log. Default: they pass `log`. */
  accessLines?: AccessLines | undefined
  /** Start of the process, epoch ms. */
  startedAt: number
  /** Absent when this is the only thread. */
  threadContext?: ThreadContext
  /** The first phase. Default: `ready`. */
  phase?: Phase
}

/** State that a thread shares with the other threads. */
export interface ThreadContext {
  metrics: SharedMetrics
  invalidationBus: InvalidationBus
}

/** A listening program. */
export interface RunningProgram {
  port: number
  /** Sets the phase that `/health/ready` returns. */
  setPhase(phase: NextPhase): void
  /** Closes the listener. The received requests get their responses in `finish()`. */
  closeListener(): Promise<void>
  /** Finishes the received requests. Resolves with true if all of them finished within `DRAIN_MS` from `closeListener()` on. */
  finish(): Promise<boolean>
}

/** Time in ms for which a process that stops waits for the requests in progress. */
export const DRAIN_MS = 10_000

/** Interval in ms at which this thread publishes its gauges. A scrape of another thread shows values of at most this age. */
const PUBLISH_MS = 1000

/** The address to listen on. */
export function addressOf({
  host = '127.0.0.1',
  port,
  threads,
}: Pick<ProcessConfig, 'host' | 'port' | 'threads'>): Address {
  return { host, port, shared: threads > 1 }
}

/**
 * Time in ms for the last messages to the shared tier at shutdown, after which its connection is closed. An unreachable tier does
 * not delay the end of the process for longer.
 */
const FAREWELL_MS = 250

/**
 * Opens the program in this thread and listens. Does not wait for the shared tier.
 * @throws {StartError} when the address cannot be used, the client of the shared tier is not installed, or the program cannot open
 */
export async function serve<Config extends ProcessConfig>(
  options: ServeOptions<Config>,
): Promise<RunningProgram> {
  const { runtime, program, config, log, accessLines, startedAt, threadContext } = options
  let { phase = 'ready' } = options
  const tier = await openSharedTier({ config: config.cache, log, openRedis: runtime.openRedis })
  const readers = processReaders({
    startedAt,
    eventLoop: config.processMonitor,
    gc: config.processMonitor,
  })
  const opened = await program.open({
    config,
    log,
    accessLines,
    runtime: runtime.name,
    process: readers,
    startedAt,
    invalidationBus: threadContext?.invalidationBus,
    sharedTier: tier,
    phase: () => phase,
    clientOf: clientAddress,
    schedule: byBackgroundTimers,
  })
  if (threadContext !== undefined) {
    opened.registry.attach(threadContext.metrics)
    publishPeriodically(opened.registry)
  }

  async function close(): Promise<void> {
    await withDeadline(opened.cache.close(), FAREWELL_MS, () => null)
    await withDeadline(tier?.close() ?? Promise.resolve(), FAREWELL_MS, () => null)
    await opened.close()
    readers.close()
    opened.lines.close()
  }

  const draining = createDraining(opened.fetch)
  const served = {
    fetch: draining.fetch,
    hits: opened.hits,
    socketHits: config.socketHits,
    isDraining: () => draining.hasBegun,
  }
  const server = await listen(options, served, addressOf(config)).catch(async (error: unknown) => {
    await close()
    throw error
  })

  const stop = createServerStop(server, draining, { pause, loopTurns })
  let timeIsUp = Promise.resolve(false)
  return {
    port: server.port,
    setPhase(next) {
      phase = next
    },
    async closeListener() {
      timeIsUp = pause(DRAIN_MS).then(() => false)
      await stop.closeListener()
    },
    async finish() {
      const isDrained = await Promise.race([stop.finish().then(() => true), timeIsUp])
      await close()
      return isDrained
    },
  }
}

/** Listens on the address. @throws {StartError} when the address cannot be used. */
export async function listen(
  { runtime, program }: { runtime: Runtime; program: Pick<Program, 'describeAddress'> },
  app: ServedApp,
  address: Address,
): Promise<Server> {
  try {
    return await runtime.listen(app, address)
  } catch (error) {
    throw listenError(error, program.describeAddress(address.host, address.port))
  }
}

/** Publishes the gauges that only this thread can compute, so that a scrape of another thread includes them. */
function publishPeriodically(registry: Registry): void {
  registry.publish()
  setInterval(() => registry.publish(), PUBLISH_MS).unref()
}
