/**
 * Readers for the running Bun or Node process. They use no timers: each call reads the current value (of the event loop
 * lag, the last measurement).
 */
import { readdirSync, readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import process from 'node:process'
import { aNumber, type OptionRules, validateOptions } from '../../options.ts'
import type { ProcessReaders } from './process-metrics.ts'

export interface ProcessReadersOptions {
  /**
   * Start time of the process, epoch ms. Worker threads must pass it, so that all threads show the same time. Default:
   * derived from `process.uptime()`.
   */
  startedAt?: number
}

/**
 * Returns readers for all values that the operating system provides. On Linux these are all `ProcessReaders`.
 * @throws {TypeError} when an option is unknown or has the wrong type
 *
 * @example
 * declareProcessMetrics(registry, processReaders())
 */
export function processReaders(options: ProcessReadersOptions = {}): ProcessReaders {
  validateOptions('processReaders', options, rules)
  const { startedAt = Date.now() - process.uptime() * 1000 } = options
  const everywhere: ProcessReaders = {
    cpuSeconds() {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    },
    residentMemoryBytes: () => process.memoryUsage.rss(),
    memoryLimitBytes,
    startTimeSeconds: () => startedAt / 1000,
    heapUsedBytes: () => process.memoryUsage().heapUsed,
    heapTotalBytes: () => process.memoryUsage().heapTotal,
    externalMemoryBytes: () => process.memoryUsage().external,
    eventLoopLagSeconds: eventLoopLag(),
  }
  return process.platform === 'linux' ? { ...everywhere, ...linuxReaders() } : everywhere
}

const rules: OptionRules<ProcessReadersOptions> = {
  startedAt: { ...aNumber, expected: 'a number of milliseconds' },
}

/**
 * Returns the limit of the container, or the memory of the machine if that is less. Without a limit, `constrainedMemory`
 * is 0 or about 2^64 on Node and the memory of the machine on Bun.
 */
function memoryLimitBytes(): number {
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

function linuxReaders(): ProcessReaders {
  // The limit is read once, because it rarely changes and its file takes long to read.
  let maxFds: number | undefined
  function readMaxFds(): number {
    return Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1])
  }

  return {
    openFds: () => readdirSync('/proc/self/fd').length - 1, // without the descriptor that readdirSync itself opens
    maxFds() {
      maxFds ??= readMaxFds()
      return maxFds
    },
    virtualMemoryBytes: () =>
      Number(/^VmSize:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024,
  }
}

/**
 * Returns a reader of the event loop lag. Each call returns the last measurement and starts the next one. A measurement
 * is the time between two successive `setImmediate` callbacks, so no timer runs between calls.
 */
function eventLoopLag(): () => number {
  let lagSeconds = 0
  let isMeasuring = false

  function measure(): void {
    if (isMeasuring) return
    isMeasuring = true
    setImmediate(() => {
      const since = performance.now()
      setImmediate(() => {
        lagSeconds = (performance.now() - since) / 1000
        isMeasuring = false
      })
    })
  }

  return function lag() {
    measure()
    return lagSeconds
  }
}
