/**
 * Preloaded into a service under test and its threads: kills or blocks a thread when a test creates a file named after the
 * fault in the folder FAULTS. The first thread that removes the file takes the fault.
 */
import { unlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

// Not an import: it would fix the exports of the module, which are changed below, for all later imports.
const threads = createRequire(import.meta.url)('node:worker_threads')

const faults = {
  throw() {
    throw new Error('a fault of the test')
  },
  reject() {
    void Promise.reject(new Error('a fault of the test'))
  },
  exit: () => process.exit(3),
  hang() {
    for (;;);
  },
  block() {
    const until = performance.now() + 300
    while (performance.now() < until);
  },
}

export type Fault = keyof typeof faults

const POLL_MS = 10

if (!threads.isMainThread) setInterval(poll, POLL_MS).unref()
else if (process.versions.bun !== undefined) preloadIntoThreads()

function poll(): void {
  for (const fault of Object.keys(faults) as Fault[]) {
    if (claimed(fault)) faults[fault]()
  }
}

function claimed(fault: Fault): boolean {
  try {
    unlinkSync(join(process.env.FAULTS ?? '', fault))
    return true
  } catch {
    return false // no such fault, or another thread removed the file first
  }
}

/** Threads of Node inherit `--import`. Threads of Bun do not inherit `--preload`, but take it as an option. */
function preloadIntoThreads(): void {
  threads.Worker = class extends threads.Worker {
    constructor(entry: URL, options: object) {
      super(entry, { ...options, preload: [import.meta.filename] })
    }
  }
}
