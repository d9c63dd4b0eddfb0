/** Removal of rows that are no longer needed, in steps that are short enough for the event loop. */

import { evict } from './eviction.ts'
import type { Connection } from './file/connection.ts'
import type { SharedFile } from './file/shared-file.ts'
import { hasOldMessages, removeOldMessages } from './old-messages.ts'
import type { Entries } from './tables/entries.ts'
import { Patience } from './timing/patience.ts'
import { startSlice } from './timing/slice.ts'
import type { Timing } from './timing/timing.ts'
import { isDead } from './validity.ts'

/** Pause between two steps in ms, and the pause while there is much to remove. */
const PAUSE_MS = 1000
const SHORT_PAUSE_MS = 50

/** Time in ms for which a step waits for a lock. */
const PATIENCE_MS = 10

/** Number of values that a step removes at most, or at which it looks. A step ends earlier when its time is over. */
const LIMIT = 256

/** Number of values that are read at a time. */
const LOOKS_AT_A_TIME = 16

/** Number of old messages that a step removes. */
const MESSAGES_PER_STEP = 16

/** Time for which an expired lease is kept, so that the next lease of its name is reported as taken over. */
const KEEP_LEASE_MS = 60_000

/** Share of the largest size from which visits are written, because values will be evicted. */
const VISITS_FROM = 0.75

/** Size from which a log that grows on makes the file be replaced, in bytes, and as a part of the size of the file. */
const LEAST_LOG_BYTES = 64 * 1024 * 1024
const LOG_PART = 1 / 4

/** Number of free pages that are given back to the file system in a step. */
const SHRINK_PAGES = 64

export class Housekeeping {
  readonly #file: SharedFile
  readonly #timing: Timing
  readonly #maxBytes: number
  #cancel: (() => void) | undefined
  /** Id of the value at which the search for dead values stopped. */
  #searched = 0
  /** Size of the log at the last step. */
  #logBytes = 0

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
    let hasEndlessLog = false
    const step = this.#file.isOpen
      ? this.#file.run(patience, (connection) => {
          hasEndlessLog = this.#isLogEndless(connection)
          return this.#tidy(connection)
        })
      : Promise.resolve(false)
    const isUnfinished = await step.catch(() => false)
    if (hasEndlessLog) await this.#file.replace().catch(() => {})
    if (this.#file.isClosed) return
    this.#cancel = this.#timing.schedule(() => void this.#run(), isUnfinished ? SHORT_PAUSE_MS : PAUSE_MS)
  }

  /** While another program reads for long, SQLite cannot use the log again, so that it would fill the disk. */
  #isLogEndless({ logBytes, isReadOnly }: Connection): boolean {
    const isGrowing = logBytes > this.#logBytes
    this.#logBytes = logBytes
    return isGrowing && !isReadOnly && logBytes > Math.max(LEAST_LOG_BYTES, LOG_PART * this.#maxBytes)
  }

  /** Makes one step, without a transaction if there is nothing to do. Returns true if there is more to do. */
  #tidy(connection: Connection): boolean {
    const now = this.#timing.now()
    const maxBytes = this.#maxBytes
    const { tables } = connection
    const { entries, leases } = tables
    const visited = connection.usedBytes > maxBytes * VISITS_FROM ? connection.takeVisited() : []
    const { dead, areMany } = this.#findDead(connection, now)
    const ids = [...entries.ended(now, LIMIT), ...dead]
    const hasEndedLeases = leases.hasEnded(now - KEEP_LEASE_MS)
    const isFull = connection.usedBytes > maxBytes
    const hasOld = hasOldMessages(tables, { now, isFull })
    let left: number[] = []
    if (ids.length + visited.length > 0 || hasEndedLeases || hasOld || isFull) {
      connection.write(() => {
        const isOver = startSlice(this.#timing)
        for (const id of visited) entries.visit(id)
        leases.removeEnded(now - KEEP_LEASE_MS, LIMIT)
        removeOldMessages(tables, { now, isFull }, MESSAGES_PER_STEP)
        left = removeSome(entries, ids, isOver)
        evict(connection, { maxBytes, looks: LIMIT, isOver })
      })
    }
    const [first] = left
    if (first !== undefined) this.#searched = Math.min(this.#searched, first - 1)
    if (connection.bytes > maxBytes) connection.shrink(SHRINK_PAGES)
    return hasOld || areMany || ids.length >= LIMIT / 2 || left.length > 0 || connection.bytes > maxBytes
  }

  /** Looks at the values that follow those of the last step. `areMany`: half of them or more are dead. */
  #findDead({ tables }: Connection, now: number): { dead: number[]; areMany: boolean } {
    const isOver = startSlice(this.#timing)
    const dead: number[] = []
    let looked = 0
    while (looked < LIMIT && !isOver()) {
      const candidates = tables.entries.candidates(this.#searched, Number.MAX_SAFE_INTEGER, LOOKS_AT_A_TIME)
      if (candidates.length === 0) {
        this.#searched = 0
        break
      }
      for (const candidate of candidates) {
        this.#searched = candidate.id
        if (isDead(tables, candidate, now)) dead.push(candidate.id)
        looked++
        if (isOver()) break
      }
    }
    return { dead, areMany: dead.length > 0 && 2 * dead.length >= looked }
  }
}

/** Removes one value at least. Returns the ids of those that are left. */
function removeSome(entries: Entries, ids: readonly number[], isOver: () => boolean): number[] {
  let count = 0
  for (const id of ids) {
    entries.remove(id)
    count++
    if (isOver()) break
  }
  return ids.slice(count)
}
