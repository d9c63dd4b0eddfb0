/**
 * Runs a program as several threads on one port. The main thread starts the threads, replaces those that end unexpectedly,
 * and stops them all. It accepts no connections itself, so a request that crashes or blocks its thread cannot affect the
 * supervision.
 */
import type { Logger } from '@logtape/logtape'
import { createInvalidationMemory, sharedMemoryBus } from '../../cache/invalidation/shared-memory-bus.ts'
import { withDeadline } from '../../cache/timing/with-deadline.ts'
import { declareThreadRestarts } from '../../instruments/create-instruments.ts'
import { createRegistry } from '../../metrics/index.ts'
import { pause } from '../pause.ts'
import type { NextPhase, Phase } from '../phase.ts'
import type { Program } from '../serving/program.ts'
import type { Runtime } from '../serving/runtime.ts'
import { DRAIN_MS, type RunningProgram } from '../serving/serve.ts'
import { MAX_HOLD_MS } from '../serving/stop-server.ts'
import type { ProcessConfig } from '../startup/process-config.ts'
import { StartError } from '../startup/start-error.ts'
import { assertPortFree } from './assert-port-free.ts'
import { createBackoff } from './backoff.ts'
import { cacheShare } from './cache-share.ts'
import type { ThreadStart } from './messages.ts'
import { type SupervisedThread, startThread } from './supervised-thread.ts'

export interface SuperviseOptions {
  runtime: Runtime
  program: Pick<Program, 'describeAddress'>
  config: ProcessConfig
  log: Logger
  /** Start of the process, epoch ms. */
  startedAt: number
  /** True for readable log lines instead of JSON. */
  readable: boolean
  /** True if the process is to stop, so that no further thread has to start. */
  isStopRequested: () => boolean
}

/**
 * Starts the threads. Resolves when all of them listen and say so, or when those listen that were started before a stop was
 * requested.
 * @throws {StartError} when one of them cannot start, or the port is taken
 */
export async function supervise(options: SuperviseOptions): Promise<RunningProgram> {
  const { runtime, config } = options
  await assertPortFree(options, config)
  const supervisor = new Supervisor(options, (start) => startThread(runtime.entry, start))
  const port = await supervisor.start()
  return {
    port,
    setPhase: (phase) => supervisor.setPhase(phase),
    closeListener: () => supervisor.closeListeners(),
    finish: () => supervisor.finish(),
  }
}

/** Time in ms that a thread has after the longest wait of its own to report the end of it. A thread that takes longer hangs. */
const MARGIN_MS = 500

export class Supervisor {
  readonly #options: Omit<SuperviseOptions, 'runtime' | 'program'>
  readonly #spawn: (start: ThreadStart) => SupervisedThread
  readonly #sleep: (ms: number) => Promise<void>
  readonly #registry = createRegistry()
  readonly #restarts = declareThreadRestarts(this.#registry)
  readonly #invalidationMemory: SharedArrayBuffer
  readonly #running = new Map<number, SupervisedThread>()
  #port: number
  #phase: Phase = 'starting'
  /** The threads that were running when their listeners were closed. `undefined` before. */
  #stopping: [thread: number, running: SupervisedThread][] | undefined
  /** Time at which a thread that has not ended counts as one that hangs, in ms. */
  #endsAt = Infinity

  /** @param spawn starts a thread. @param sleep resolves after `ms` milliseconds. Default: a timer. */
  constructor(
    options: Omit<SuperviseOptions, 'runtime' | 'program'>,
    spawn: (start: ThreadStart) => SupervisedThread,
    sleep: (ms: number) => Promise<void> = pause,
  ) {
    this.#options = options
    this.#spawn = spawn
    this.#sleep = sleep
    this.#invalidationMemory = createInvalidationMemory({ threads: options.config.threads })
    this.#port = options.config.port
  }

  /** Starts all threads and returns their port. @throws {StartError} when a thread ends before it listens. */
  async start(): Promise<number> {
    const first = this.#startThread(0)
    this.#port = await portOf(first) // with PORT=0, the system selects one port for all threads
    const { config, isStopRequested } = this.#options
    const others = isStopRequested() ? 0 : config.threads - 1
    const threads = [first, ...Array.from({ length: others }, (_, i) => this.#startThread(i + 1))]
    await Promise.all(threads.map(portOf))
    if (!isStopRequested()) {
      this.setPhase('ready')
      await Promise.all(threads.map(({ ready }) => ready))
    }
    for (const [thread, started] of threads.entries()) void this.#keepAlive(thread, started)
    return this.#port
  }

  /** Changes the phase of all threads. */
  setPhase(phase: NextPhase): void {
    this.#phase = phase
    for (const thread of this.#running.values()) thread.send(phase)
  }

  /** Closes the listeners of all threads, and replaces no thread any more. Does not wait long for a thread that hangs. */
  async closeListeners(): Promise<void> {
    this.#endsAt = performance.now() + DRAIN_MS + MARGIN_MS
    this.#stopping = [...this.#running]
    const closed = this.#stopping.map(([, thread]) => {
      thread.send('closeListener')
      return thread.closed
    })
    await withDeadline(Promise.all(closed), MAX_HOLD_MS + MARGIN_MS, () => [])
  }

  /** Ends every thread. Resolves with true if all of them finished their requests in time. */
  async finish(): Promise<boolean> {
    const stopping = this.#stopping ?? []
    const finished = stopping.map(([thread, running]) => this.#finishThread(thread, running))
    return (await Promise.all(finished)).every((drained) => drained)
  }

  /** Starts the thread with this index. Its metrics continue those of the previous thread with this index. */
  #startThread(thread: number): SupervisedThread {
    const { config, readable, startedAt } = this.#options
    const metrics = this.#registry.share()
    const started = this.#spawn({
      thread,
      config: { ...config, port: this.#port, cache: cacheShare(config, thread) },
      readable,
      startedAt,
      phase: this.#phase,
      metrics,
      invalidationMemory: this.#invalidationMemory,
    })
    this.#running.set(thread, started)
    void started.ended.then(() => {
      this.#running.delete(thread)
      this.#registry.release(metrics)
    })
    return started
  }

  /** Replaces the thread with this index each time it ends, after a pause, until shutdown. */
  async #keepAlive(thread: number, first: SupervisedThread): Promise<void> {
    const { log } = this.#options
    const pauseMs = createBackoff()
    for (let current = first; ; current = this.#startThread(thread)) {
      const isListening = (await current.listening) !== undefined
      if (isListening && current !== first) log.info('A thread was replaced', { thread })
      const listeningSince = performance.now()
      const { reason } = await current.ended
      if (this.#stopping !== undefined) return
      log.error('A thread ended and will be replaced', { thread, error: reason })
      if (isListening) this.#clearCaches(thread)
      await this.#sleep(pauseMs(isListening ? performance.now() - listeningSince : 0))
      if (this.#stopping !== undefined) return
      this.#restarts.inc()
    }
  }

  /**
   * Clears the caches of all threads, because the ended thread may have committed a write without publishing the invalidation.
   * The message uses the bus slot of the ended thread, which is free until the replacement starts.
   */
  #clearCaches(ended: number): void {
    void sharedMemoryBus(this.#invalidationMemory, ended).publish(['everything'])
  }

  async #finishThread(thread: number, { send, ended }: SupervisedThread): Promise<boolean> {
    const { log } = this.#options
    send('finish')
    const end = await withDeadline(ended, this.#endsAt - performance.now(), () => 'timeout' as const)
    if (end === 'timeout') {
      log.error('A thread did not end in time', { thread })
      return false
    }
    const { drained, reason } = end
    if (!drained) log.error('A thread ended with unfinished requests', { thread, error: reason })
    return drained
  }
}

/** The port on which the thread listens. @throws {StartError} when the thread ends before it listens. */
async function portOf(thread: SupervisedThread): Promise<number> {
  const port = await thread.listening
  if (port === undefined) throw new StartError((await thread.ended).reason)
  return port
}
