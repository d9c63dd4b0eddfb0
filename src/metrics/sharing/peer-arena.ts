/** This thread's view of another thread's arena, built from its journal. */
import { JournalReader, type JournalRecord } from '../memory/journal.ts'
import type { SharedMemory } from '../memory/shared-memory.ts'
import type { Declaration } from '../series/declaration.ts'
import { type PeerCells, withPart } from '../series/series.ts'
import type { StoredFamily } from '../series/stored-family.ts'

/** Finds or adds the metric with this declaration; undefined if this thread has a different metric of that name. */
export type FindFamily = (declaration: Declaration) => StoredFamily | undefined

export class PeerArena {
  /** True while a thread counts there. If not, gauges that describe a running thread no longer count. */
  isAttached = false
  /** In the order of the journal. */
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
      // The record has no length, but the part was allocated before it was written, so a view of all memory covers it.
      if (owner) owner.parts = withPart(owner.parts, part, { ints: this.#memory.viewOfAll(), at })
    }
  }
}
