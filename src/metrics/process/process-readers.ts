/**
 * Readers for the running Bun or Node process. A reader reads the current value when it is called. Two parts also work in
 * between: a timer for the event loop, and an observer of garbage collections.
 */
import { totalmem } from 'node:os'
import { performance } from 'node:perf_hooks'
import process from 'node:process'
import { aBoolean, aNumber, type OptionRules, validateOptions } from '../../options.ts'
import { type EventLoopMonitor, startEventLoopMonitor } from './event-loop-monitor.ts'
import { hasGcEntries, type OnGcPause, observeGc } from './gc-pauses.ts'
import { linuxReaders } from './linux-readers.ts'
import { handleReaders, heapSpaces } from './node-readers.ts'
import type { ProcessReaders } from './process-metrics.ts'
import { sharedReading } from './shared-reading.ts'

export interface ProcessReadersOptions {
  /**
   * Start time of the process, epoch ms. Worker threads must pass it, so that all threads show the same time. Default:
   * derived from `process.uptime()`.
   */
  startedAt?: number
  /** False if the event loop is not to be measured: then no timer runs. Default: true. */
  eventLoop?: boolean
  /**
   * Time in ms for which a delay of the event loop is shown: at least this, and at most a sixth more. Must not be shorter
   * than the interval of the slowest scraper. Default: 60000.
   */
  eventLoopWindowMs?: number
  /** Period in ms of the timer that measures the event loop, at most `eventLoopWindowMs`. Default: 50. */
  eventLoopResolutionMs?: number
  /** False if garbage collections are not to be observed. Bun reports none. Default: true. */
  gc?: boolean
  /**
   * False if active handles, requests and resources are not to be counted. A count takes about 1 ms for 4000 handles. Bun
   * has none. Default: true.
   */
  handles?: boolean
}

/** Readers of the running process. */
export type RunningProcessReaders = ProcessReaders & {
  /** Stops the timer and the observer. The readers can still be called. */
  close(): void
}

/**
 * Returns readers for all values that the operating system and the runtime provide, and starts to measure the event loop
 * of the calling thread. Keeps no process alive. On Cloudflare Workers, which have no process, there are no readers.
 * @throws {TypeError} when an option is unknown or has the wrong type
 * @throws {RangeError} when a time is out of range
 *
 * @example
 * declareProcessMetrics(registry, processReaders())
 */
export function processReaders(options: ProcessReadersOptions = {}): RunningProcessReaders {
  validateOptions('processReaders', options, rules)
  if (typeof navigator !== 'undefined' && navigator.userAgent === 'Cloudflare-Workers') return { close() {} }
  const monitor = options.eventLoop === false ? undefined : startMonitor(options)
  const gc = options.gc === false || !hasGcEntries ? undefined : closableGc()
  return {
    ...systemReaders(options.startedAt),
    ...(process.platform === 'linux' ? linuxReaders() : {}),
    ...(isBun ? {} : { heapSpaces }),
    ...(isBun || options.handles === false ? {} : handleReaders()),
    nodeVersion: () => process.version,
    ...(monitor ? { eventLoopLag: monitor.lag } : {}),
    ...(monitor && !isBun ? { eventLoopUtilization: monitor.utilization } : {}),
    ...(gc ? { gcPauses: gc.observe } : {}),
    close() {
      monitor?.close()
      gc?.close()
    },
  }
}

/** Bun has the functions of Node for utilization, heap spaces and handles too, but they return zeros and empty lists. */
const isBun = process.versions.bun !== undefined

const aTime = { ...aNumber, expected: 'a number of milliseconds' }

const rules: OptionRules<ProcessReadersOptions> = {
  startedAt: aTime,
  eventLoop: aBoolean,
  eventLoopWindowMs: aTime,
  eventLoopResolutionMs: aTime,
  gc: aBoolean,
  handles: aBoolean,
}

function systemReaders(startedAt = Date.now() - process.uptime() * 1000): ProcessReaders {
  const partOfCpu = sharedReading(() => process.cpuUsage())
  const partOfMemory = sharedReading(() => process.memoryUsage())
  return {
    cpuSeconds: partOfCpu(({ user, system }) => (user + system) / 1e6),
    cpuUserSeconds: partOfCpu(({ user }) => user / 1e6),
    cpuSystemSeconds: partOfCpu(({ system }) => system / 1e6),
    residentMemoryBytes: () => process.memoryUsage.rss(),
    memoryLimitBytes,
    startTimeSeconds: () => startedAt / 1000,
    heapUsedBytes: partOfMemory((memory) => memory.heapUsed),
    heapTotalBytes: partOfMemory((memory) => memory.heapTotal),
    externalMemoryBytes: partOfMemory((memory) => memory.external),
  }
}

/**
 * Returns the limit of the container, or the memory of the machine if that is less. Without a limit, `constrainedMemory`
 * is 0 or about 2^64 on Node and the memory of the machine on Bun.
 */
function memoryLimitBytes(): number {
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

function startMonitor(options: ProcessReadersOptions): EventLoopMonitor {
  const { eventLoopWindowMs: windowMs = 60_000, eventLoopResolutionMs: resolutionMs = 50 } = options
  if (!(windowMs >= 100 && windowMs < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`processReaders: eventLoopWindowMs must be at least 100 and finite, got ${windowMs}`)
  }
  if (!(resolutionMs >= 1 && resolutionMs <= windowMs)) {
    throw new RangeError(
      `processReaders: eventLoopResolutionMs must be from 1 to eventLoopWindowMs, got ${resolutionMs}`,
    )
  }
  return startEventLoopMonitor({
    resolutionMs,
    windowMs,
    now: () => performance.now(),
    every(callback, ms) {
      const timer = setInterval(callback, ms).unref()
      return () => clearInterval(timer)
    },
    ...(isBun ? {} : { loopTimes: () => performance.eventLoopUtilization() }),
  })
}

/** An observer for each registry that declares the metrics, and one function that ends all of them. */
function closableGc(): { observe: (onPause: OnGcPause) => () => void; close: () => void } {
  const stops: (() => void)[] = []
  return {
    observe(onPause) {
      const stop = observeGc(onPause)
      stops.push(stop)
      return stop
    },
    close() {
      for (const stop of stops.splice(0)) stop()
    },
  }
}
