/**
 * Checks a recorded history of reads and writes: each key must be a regular register. A read returns the value of the last write
 * that was confirmed before the read began, or of a write that was under way while it ran.
 *
 * The database gives each write of a key a higher version, so a value is old if a write with a higher version was confirmed
 * before the read began. A memory tier learns of the writes of other processes with a delay: its reads have a `slackMs`.
 */

/** All times are of one clock, in ms. */
export interface WriteRecord {
  key: string
  version: number
  process: string
  /** Time at which the database got the version. */
  startedAt: number
  /** Time at which the invalidation was called in the process; `undefined` if the process ended before. */
  calledAt?: number | undefined
  /** Time at which the invalidation was confirmed; `undefined` if it was not: then the write is under way until the end. */
  confirmedAt?: number | undefined
}

export interface ReadRecord {
  key: string
  version: number
  process: string
  startedAt: number
  endedAt: number
  /**
   * Start of the oldest read of its process that it may have joined. The value may be as old as that. Default: `startedAt`, for
   * stores that let no read join an older one.
   */
  joinedAt?: number | undefined
  /** Time by which the value may be older than the writes of other processes, in ms. */
  slackMs: number
  /** Outcome and tier, for messages. */
  how: string
}

export interface History {
  writes: readonly WriteRecord[]
  reads: readonly ReadRecord[]
}

export interface Violation {
  read: ReadRecord
  /** The write that the read did not see; `undefined` if its value was never written. */
  missed: WriteRecord | undefined
  /** Time between the end of the missed write and the beginning of the read, in ms. */
  oldMs: number
}

export interface Checked {
  reads: number
  violations: Violation[]
  /** Number of reads that were older than the writes confirmed before, within their slack; and the age of the oldest, in ms. */
  lateReads: number
  latestMs: number
}

export function checkHistory({ writes, reads }: History): Checked {
  const keys = new Map<string, KeyWrites>()
  for (const write of writes) {
    const known = keys.get(write.key) ?? new KeyWrites()
    keys.set(write.key, known)
    known.add(write)
  }
  const result: Checked = { reads: reads.length, violations: [], lateReads: 0, latestMs: 0 }
  for (const read of reads) {
    const written = keys.get(read.key)
    if (read.version !== 0 && !written?.hasStarted(read.version, read.endedAt)) {
      result.violations.push({ read, missed: undefined, oldMs: 0 })
      continue
    }
    const found = written?.missedBy(read)
    if (found === undefined) continue
    if (found.isAllowed) {
      result.lateReads++
      result.latestMs = Math.max(result.latestMs, found.oldMs)
    } else {
      result.violations.push({ read, missed: found.write, oldMs: found.oldMs })
    }
  }
  return result
}

/** The first line names the rule, each further one a read that broke it. */
export function describeViolations(violations: readonly Violation[], most = 10): string {
  const lines = violations.slice(0, most).map(({ read, missed, oldMs }) => {
    const what = `${read.process} read ${read.key} = ${read.version} at ${read.startedAt.toFixed(1)} (${read.how})`
    if (missed === undefined) return `${what}, which nobody had written`
    const { version, process, startedAt, confirmedAt } = missed
    const end = confirmedAt === undefined ? 'not confirmed' : `confirmed at ${confirmedAt.toFixed(1)}`
    return `${what}, ${oldMs.toFixed(1)} ms after ${process} wrote ${version} (${startedAt.toFixed(1)}, ${end})`
  })
  return [
    `${violations.length} reads returned a value that is no value of a regular register:`,
    ...lines,
  ].join('\n')
}

/** The writes of one key. */
class KeyWrites {
  readonly #startedAt = new Map<number, number>()
  /** Confirmed writes of all processes, and of each process from its call on. */
  readonly #confirmed = new Ends()
  readonly #called = new Map<string, Ends>()

  add(write: WriteRecord): void {
    this.#startedAt.set(write.version, write.startedAt)
    if (write.confirmedAt !== undefined) this.#confirmed.add(write.confirmedAt, write)
    if (write.calledAt === undefined) return
    const own = this.#called.get(write.process) ?? new Ends()
    this.#called.set(write.process, own)
    own.add(write.calledAt, write)
  }

  hasStarted(version: number, before: number): boolean {
    return (this.#startedAt.get(version) ?? Infinity) <= before
  }

  /** Returns the first write that should have been seen. A process sees its own writes at once. */
  missedBy(read: ReadRecord): { write: WriteRecord; oldMs: number; isAllowed: boolean } | undefined {
    const own = this.#called.get(read.process)?.firstAbove(read.version, read.startedAt)
    if (own !== undefined) return { ...own, isAllowed: false }
    const other = this.#confirmed.firstAbove(read.version, read.joinedAt ?? read.startedAt)
    return other && { ...other, isAllowed: other.oldMs <= read.slackMs }
  }
}

/** Writes in the order in which they ended. */
class Ends {
  #ends: { at: number; write: WriteRecord }[] = []
  #isSorted = true

  add(at: number, write: WriteRecord): void {
    this.#ends.push({ at, write })
    this.#isSorted = false
  }

  /** Returns the write that ended first among those with a higher version that ended before `before`. */
  firstAbove(version: number, before: number): { write: WriteRecord; oldMs: number } | undefined {
    if (!this.#isSorted) this.#ends.sort((one, other) => one.at - other.at)
    this.#isSorted = true
    for (const { at, write } of this.#ends) {
      if (at >= before) return undefined
      if (write.version > version) return { write, oldMs: before - at }
    }
    return undefined
  }
}
