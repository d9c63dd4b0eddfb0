/** A thread's arena as this thread has come to know it from its journal. */

import { JournalReader, type JournalRecord } from '../memory/journal.ts'
import type { SharedMemory } from '../memory/shared-memory.ts'
import type { Declaration } from '../series/declaration.ts'
import { type PeerCells, withPart } from '../series/series.ts'
import type { StoredFamily } from '../series/stored-family.ts'

/** Gives the metric that was declared so; undefined when this thread has another by its name. */
export type FindFamily = (declaration: Declaration) => StoredFamily | undefined

export class PeerArena {
  /** Does a thread count there now? If not, what is only of the moment does not count any more. */
  isAttached = false
  /** In the order of its journal. */
  readonly families: { readonly family: StoredFamily | undefined; readonly cells: PeerCells[] }[] = []
  readonly #memory: SharedMemory
  readonly #arena: number
  readonly #journal: JournalReader<JournalRecord<Declaration>>

  constructor(memory: SharedMemory, arena: number) {
    this.#memory = memory
    this.#arena = arena
    this.#journal = new JournalReader(memory, arena)
  }

  /** Learns what its journal has told since the last time. */
  sync(findFamily: FindFamily): void {
    this.isAttached = this.#memory.isAttached(this.#arena)
    for (const record of this.#journal.readNew()) this.#apply(record, findFamily)
  }

  #apply(record: JournalRecord<Declaration>, findFamily: FindFamily): void {
    if ('family' in record) {
      const family = findFamily(record.family)
      const cells: PeerCells[] = []
      this.families.push({ family, cells })
      if (family === undefined || record.at === undefined) return
      const ints = this.#memory.viewUpTo(record.at + family.blockLength)
      cells.push(...family.adoptAll(ints, record.at, this, record.created))
      return
    }
    const { family, cells = [] } = this.families[record.of] ?? {}
    if (family === undefined) return
    if ('labels' in record) {
      const { at, labels, created } = record
      const ints = this.#memory.viewUpTo(at + family.seriesLength)
      cells.push(family.adopt(labels).addPeer({ ints, at }, this, cells.length, created))
    } else {
      const { at, series, part } = record
      const of = cells[series]
      // How long a part is, its kind knows; a view of all that there is now reaches far enough.
      if (of) of.parts = withPart(of.parts, part, { ints: this.#memory.viewOfAll(), at })
    }
  }
}
