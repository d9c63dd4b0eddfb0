/** Removal of rows that nobody needs any more, in steps that are short enough for the event loop. */

import { evict } from './eviction.ts'
import type { Connection } from './file/connection.ts'
import type { SharedFile } from './file/shared-file.ts'
import { Patience } from './timing/patience.ts'
import type { Timing } from './timing/timing.ts'
import { isDead } from './validity.ts'

/** Pause between two steps in ms, and the pause while there is much to remove. */
const PAUSE_MS = 1000
const SHORT_PAUSE_MS = 50

/** Time in ms for which a step waits for a lock. */
const PATIENCE_MS = 10

/** Number of values that a step removes, or at which it looks. */
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
    this.#cancel ??= this.#timing.schedule(() => void this.#run(), PAUSE_MS)
  }

  close(): void {
    this.#cancel?.()
  }

  /** A step that fails is made later; the operations report what is wrong with the file. */
  async #run(): Promise<void> {
    const patience = new Patience(this.#timing, PATIENCE_MS)
    const step = this.#file.isOpen
      ? this.#file.run(patience, (connection) => this.#tidy(connection))
      : Promise.resolve(false)
    const isUnfinished = await step.catch(() => false)
    if (this.#file.isClosed) return
    this.#cancel = this.#timing.schedule(() => void this.#run(), isUnfinished ? SHORT_PAUSE_MS : PAUSE_MS)
  }

  /** Makes one step, without a transaction if there is nothing to do. Returns true if there is more to do. */
  #tidy(connection: Connection): boolean {
    const now = this.#timing.now()
    const maxBytes = this.#maxBytes
    const { entries, leases } = connection.tables
    const visited = connection.usedBytes > maxBytes * VISITS_FROM ? connection.takeVisited() : []
    const dead = this.#findDead(connection, now)
    const ended = entries.ended(now, LIMIT)
    const hasEndedLeases = leases.hasEnded(now - KEEP_LEASE_MS)
    const ids = [...dead, ...ended]
    if (ids.length + visited.length > 0 || hasEndedLeases || connection.usedBytes > maxBytes) {
      connection.write(() => {
        for (const id of visited) entries.visit(id)
        for (const id of ids) entries.remove(id)
        leases.removeEnded(now - KEEP_LEASE_MS, LIMIT)
        evict(connection, maxBytes, now, LIMIT)
      })
    }
    if (connection.bytes > maxBytes) connection.shrink(SHRINK_PAGES)
    return ids.length >= LIMIT / 2 || connection.bytes > maxBytes
  }

  /** Looks at the values that follow those of the last step. */
  #findDead({ tables }: Connection, now: number): number[] {
    const candidates = tables.entries.candidates(this.#searched, Number.MAX_SAFE_INTEGER, LIMIT)
    this.#searched = candidates.at(-1)?.id ?? 0
    return candidates.filter((candidate) => isDead(tables, candidate, now)).map(({ id }) => id)
  }
}
