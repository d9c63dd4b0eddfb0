/** Readers of values that Linux shows in /proc. */
import { readdirSync, readFileSync } from 'node:fs'
import type { ProcessReaders } from './process-metrics.ts'
import { sharedReading } from './shared-reading.ts'

export function linuxReaders(): ProcessReaders {
  // The limit is read once, because it rarely changes and its file takes long to read.
  let maxFds: number | undefined
  function readMaxFds(): number {
    return Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1])
  }

  const partOfStatus = sharedReading(() => readFileSync('/proc/self/status', 'utf8'))
  return {
    openFds: () => readdirSync('/proc/self/fd').length - 1, // without the descriptor that readdirSync itself opens
    maxFds() {
      maxFds ??= readMaxFds()
      return maxFds
    },
    residentMemoryBytes: partOfStatus((status) => bytesOf(/^VmRSS:\s+(\d+) kB/m, status)),
    virtualMemoryBytes: partOfStatus((status) => bytesOf(/^VmSize:\s+(\d+) kB/m, status)),
    processHeapBytes: partOfStatus((status) => bytesOf(/^VmData:\s+(\d+) kB/m, status)),
  }
}

function bytesOf(pattern: RegExp, status: string): number {
  return Number(pattern.exec(status)?.[1]) * 1024
}
