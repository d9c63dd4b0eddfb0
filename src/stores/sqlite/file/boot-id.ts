/** Identifies the start of the machine. */
import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'

/** Time by which two readings of one start can differ, in ms: the clock may have been set. */
const TOLERANCE_MS = 60_000

export interface BootSources {
  /** Returns the content of a file. */
  readonly readText: (path: string) => string
  /** Time since the start, in s. */
  readonly uptime: () => number
  /** Epoch ms. */
  readonly now: () => number
}

/** Returns the id that Linux gives to each start; elsewhere the time of the start, epoch ms. */
export function bootId(sources: BootSources = ofThisMachine): string {
  try {
    return sources.readText('/proc/sys/kernel/random/boot_id').trim()
  } catch {
    return `${Math.round(sources.now() - 1000 * sources.uptime())}`
  }
}

export function isSameBoot(a: string, b: string): boolean {
  return a === b || Math.abs(timeOf(a) - timeOf(b)) <= TOLERANCE_MS
}

/** NaN for an id of Linux, which is not within any time of another. */
function timeOf(id: string): number {
  return /^\d+$/.test(id) ? Number(id) : Number.NaN
}

const ofThisMachine: BootSources = {
  readText: (path) => readFileSync(path, 'utf8'),
  uptime,
  now: Date.now,
}
