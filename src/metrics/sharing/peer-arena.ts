/** This thread's view of another thread's arena, built from its journal. */
import { JournalReader, type JournalRecord } from '../memory/journal.ts'
import type { SharedMemory } from '../memory/shared-memory.ts'
import type { Declaration } from '../series/declaration.ts'
import { type PeerCells, withPart } from '../series/series.ts'
import type { StoredFamily } from '../series/stored-family.ts'

/**
 * Returns the metric with this declaration, and adds it if it is missing. Returns undefined if this thread has a
 * different metric of that name.
 */
export type FindFamily = (declaration: Declaration) => StoredFamily | undefined

export class PeerArena {
  /** True while a thread counts in the arena. If false, its `sum` and `max` gauges are ignored. */
  isAttached = false
  /** Metrics in the order of the journal, each with the cells of its series in this arena. */
  readonly families: { readonly family: StoredFamily | undefined; readonly cells: PeerCells[] }[] = []
  readonly #memory: SharedMemory
  readonly #arena: number
  readonly #journal: JournalReader<JournalRecord<Declaration>>

  constructor(memory: SharedMemory, arena: number) {
    this.#memory = memory
    this.#arena = arena
    this.#journal = new JournalReader(memory, arena)
  }

  /** Applies the journal's new records. */
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
      const owner = cells[series]
      // The record does not contain the part's length. The part was allocated before the record was written, so a view
      // of the whole memory contains it.
      if (owner) owner.parts = withPart(owner.parts, part, { ints: this.#memory.viewOfAll(), at })
    }
  }
}
