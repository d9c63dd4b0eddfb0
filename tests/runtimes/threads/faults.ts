/**
 * Preloaded into a service under test, and into its threads: makes one of them die or hang when a test asks for it by making
 * a file of that name in the folder FAULTS. The first thread that can remove the file is the one.
 */
import { unlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

// An import would settle for good what others get who import it: here nothing is imported before it is changed below.
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
}

export type Fault = keyof typeof faults

const LOOK_MS = 10

if (!threads.isMainThread) setInterval(look, LOOK_MS).unref()
else if (process.versions.bun !== undefined) preloadIntoThreads()

function look(): void {
  for (const fault of Object.keys(faults) as Fault[]) {
    if (claimed(fault)) faults[fault]()
  }
}

function claimed(fault: Fault): boolean {
  try {
    unlinkSync(join(process.env.FAULTS ?? '', fault))
    return true
  } catch {
    return false // not asked for, or another thread was quicker
  }
}

/** Node's threads inherit `--import`; those of Bun do not inherit `--preload`, but have it as an option. */
function preloadIntoThreads(): void {
  threads.Worker = class extends threads.Worker {
    constructor(entry: URL, options: object) {
      super(entry, { ...options, preload: [import.meta.filename] })
    }
  }
}
