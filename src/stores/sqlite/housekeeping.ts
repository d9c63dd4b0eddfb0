/** Removal of rows that nobody needs any more, in steps that are short enough for the event loop. */
import type { Connection } from './connection.ts'
import { evict } from './eviction.ts'
import { isBusy, isUnwritable } from './result-codes.ts'
import type { SharedFile } from './shared-file.ts'
import type { Timing } from './timing.ts'

/** Pause between two steps, in ms. */
const PAUSE_MS = 1000

/** Numbers of values at which a step looks. */
const LIMIT = 256

/** Time for which a lease that ran out is remembered, so that the next reader is told that it takes over. */
const KEEP_LEASE_MS = 60_000

/** Share of the largest size from which visits are written, because values will be evicted. */
const VISITS_FROM = 0.75

/** Number of free pages that are given back to the file system in a step. */
const SHRINK_PAGES = 64

export class Housekeeping {
  readonly #file: SharedFile
  readonly #timing: Timing
  readonly #maxBytes: number
  #cancel: (() => void) | undefined
  /** Id of the value at which the search for dead values stopped. */
  #searched = 0

  constructor(file: SharedFile, timing: Timing, maxBytes: number) {
    this.#file = file
    this.#timing = timing
    this.#maxBytes = maxBytes
  }

  start(): void {
    this.#cancel ??= this.#timing.schedule(this.#run, PAUSE_MS)
  }

  close(): void {
    this.#cancel?.()
  }

  /** Steps that find the file locked or unwritable are made later. */
  readonly #run = (): void => {
    try {
      const connection = this.#file.current
      if (connection !== undefined) this.#tidy(connection)
    } catch (error) {
      if (!isBusy(error) && !isUnwritable(error)) throw error
    } finally {
      if (!this.#file.isClosed) this.#cancel = this.#timing.schedule(this.#run, PAUSE_MS)
    }
  }

  #tidy(connection: Connection): void {
    const now = this.#timing.now()
    const maxBytes = this.#maxBytes
    const { bytes, usedBytes } = connection
    const visited = usedBytes > maxBytes * VISITS_FROM ? connection.takeVisited() : []
    connection.write(({ entries, leases }) => {
      for (const id of visited) entries.visit(id)
      entries.removeEnded(now, LIMIT)
      leases.removeEnded(now - KEEP_LEASE_MS, LIMIT)
      this.#removeDead(connection, now)
      evict(connection, maxBytes, now, LIMIT)
    })
    if (bytes > maxBytes) connection.shrink(SHRINK_PAGES)
  }

  /** Looks at the values that follow those of the last step. */
  #removeDead({ tables: { entries } }: Connection, now: number): void {
    const candidates = entries.candidates(this.#searched, now, LIMIT)
    for (const { id, isAlive } of candidates) if (!isAlive) entries.remove(id)
    this.#searched = candidates.at(-1)?.id ?? 0
  }
}
