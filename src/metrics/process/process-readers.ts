/** What Bun and Node can say of their process. Nothing is sampled: whatever is asked for is read then. */
import { readdirSync, readFileSync } from 'node:fs'
import process from 'node:process'
import type { ProcessReaders } from './process-metrics.ts'

export interface ProcessReadersOptions {
  /** When the process started, epoch ms; a thread cannot know by itself. Default: as this thread's `process` has it. */
  startedAt?: number
}

/**
 * Readers of the running process, as far as its system has what they read: on Linux all of them.
 *
 * @example
 * declareProcessMetrics(registry, processReaders())
 */
export function processReaders({
  startedAt = Date.now() - process.uptime() * 1000,
}: ProcessReadersOptions = {}): ProcessReaders {
  const everywhere: ProcessReaders = {
    cpuSeconds() {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    },
    residentMemoryBytes: () => process.memoryUsage.rss(),
    startTimeSeconds: () => startedAt / 1000,
    heapUsedBytes: () => process.memoryUsage().heapUsed,
    heapTotalBytes: () => process.memoryUsage().heapTotal,
    externalMemoryBytes: () => process.memoryUsage().external,
    eventLoopLagSeconds: eventLoopLag(),
  }
  return process.platform === 'linux' ? { ...everywhere, ...linuxReaders() } : everywhere
}

function linuxReaders(): ProcessReaders {
  // A limit may be changed from outside, but hardly ever is, and reading it costs more than all others.
  let maxFds: number | undefined
  function readMaxFds(): number {
    return Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1])
  }

  return {
    openFds: () => readdirSync('/proc/self/fd').length - 1, // one of them is this reading's own
    maxFds() {
      maxFds ??= readMaxFds()
      return maxFds
    },
    virtualMemoryBytes: () =>
      Number(/^VmSize:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024,
  }
}

/**
 * Each call gives what the one before has measured, and measures anew: how long one turn of the loop takes, once the work
 * is done that called. No timer runs in between.
 */
function eventLoopLag(): () => number {
  let lagSeconds = 0
  let measuring = false

  function measure(): void {
    if (measuring) return
    measuring = true
    setImmediate(() => {
      const since = performance.now()
      setImmediate(() => {
        lagSeconds = (performance.now() - since) / 1000
        measuring = false
      })
    })
  }

  return function lag() {
    measure()
    return lagSeconds
  }
}
