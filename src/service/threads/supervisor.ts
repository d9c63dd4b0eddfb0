/**
 * The service as several threads on one port. The main thread starts them, replaces those that die, and stops them all; it
 * accepts no connections itself, so nothing that a request does can keep it from that.
 */
import type { Logger } from '@logtape/logtape'
import { createInvalidationMemory, sharedMemoryBus } from '../../cache/invalidation/shared-memory-bus.ts'
import { declareThreadRestarts } from '../../instruments/create-instruments.ts'
import { createRegistry } from '../../metrics/index.ts'
import { addressOf, DRAIN_MS, listen, type Runtime, type Serving } from '../serving/serve.ts'
import { pause, within } from '../serving/timeouts.ts'
import type { Config } from '../startup/config.ts'
import { StartError } from '../startup/start-error.ts'
import { createBackoff } from './backoff.ts'
import { shareOfCache } from './cache-share.ts'
import { type RunningThread, startThread } from './supervised-thread.ts'

export interface SuperviseOptions {
  runtime: Runtime
  config: Config
  log: Logger
  /** When the process started, epoch ms. */
  startedAt: number
  /** Log lines for a person at a terminal. */
  readable: boolean
}

/** How much longer than `DRAIN_MS` to wait for threads that say when they are done: those that hang never do. */
const MARGIN_MS = 500

/**
 * Resolves when all threads listen.
 * @throws {StartError} when one of them cannot start, or the port is taken
 */
export async function supervise(options: SuperviseOptions): Promise<Serving> {
  const { runtime, config, log, startedAt, readable } = options
  const registry = createRegistry()
  const restarts = declareThreadRestarts(registry)
  const rings = createInvalidationMemory({ threads: config.threads })
  const running = new Map<number, RunningThread>()
  let { port } = config
  let stopping = false

  /** A thread that counts on where the one before it has ended. */
  function start(thread: number): RunningThread {
    const metrics = registry.share()
    const own = { ...config, port, cache: shareOfCache(config, thread) }
    const started = startThread(runtime.entry, { thread, config: own, readable, startedAt, metrics, rings })
    running.set(thread, started)
    void started.ended.then(() => {
      running.delete(thread)
      registry.release(metrics)
    })
    return started
  }

  /** As long as the service runs, one thread after the other. */
  async function keepAlive(thread: number, first: RunningThread): Promise<void> {
    const pauseMs = createBackoff()
    for (let current = first; ; current = start(thread)) {
      const listens = (await current.listening) !== undefined
      if (listens && current !== first) log.info('A thread was replaced', { thread })
      const since = performance.now()
      const { reason } = await current.ended
      if (stopping) return
      log.error('A thread ended and will be replaced', { thread, error: reason })
      if (listens) forgetEverything(rings, thread)
      await pause(pauseMs(listens ? performance.now() - since : 0))
      if (stopping) return
      restarts.inc()
    }
  }

  await assertFree(runtime, config)
  const first = start(0)
  port = await portOf(first) // with PORT=0 all others take the one that the first has got
  const threads = [first, ...Array.from({ length: config.threads - 1 }, (_, i) => start(i + 1))]
  await Promise.all(threads.map(portOf))
  for (const [thread, started] of threads.entries()) void keepAlive(thread, started)

  return {
    port,
    async stop() {
      stopping = true
      const ends = [...running].map(async ([thread, { stop, ended }]) => {
        stop()
        if (!(await within(DRAIN_MS + MARGIN_MS, ended))) {
          log.error('A thread does not end', { thread })
          return false
        }
        const { drained, reason } = await ended
        if (!drained) log.error('A thread did not finish what it had received', { thread, error: reason })
        return drained
      })
      return (await Promise.all(ends)).every((drained) => drained)
    },
  }
}

/**
 * A thread may have ended after it had changed the database and before it had told anyone. So the others forget all that
 * they keep: told in its name, on its ring, which nobody else has before it is replaced.
 */
function forgetEverything(rings: SharedArrayBuffer, ended: number): void {
  sharedMemoryBus(rings, ended).publish(['everything'])
}

/** @throws {StartError} when it ends before it listens. */
async function portOf(thread: RunningThread): Promise<number> {
  const port = await thread.listening
  if (port === undefined) throw new StartError((await thread.ended).reason)
  return port
}

/**
 * Threads let others share their port, and the system cannot tell a second service from one thread more: so the port is
 * taken alone first, which is refused if anyone has it.
 * @throws {StartError} when it is taken
 */
async function assertFree(runtime: Runtime, config: Config): Promise<void> {
  if (config.port === 0) return
  const unready = () => new Response(null, { status: 503, headers: { connection: 'close' } })
  const server = await listen(runtime, unready, { ...addressOf(config), shared: false })
  const closed = server.stop()
  server.kill()
  await closed
}
