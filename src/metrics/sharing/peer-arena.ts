/** This thread's view of another thread's arena, built from its journal. */
import { JournalReader, type JournalRecord } from '../memory/journal.ts'
import type { SharedMemory } from '../memory/shared-memory.ts'
import type { Declaration } from '../series/declaration.ts'
import type { PeerSeries } from '../series/peer-series.ts'
import type { StoredFamily } from '../series/stored-family.ts'

/**
 * Returns the metric with this declaration, and adds it if it is missing. Returns undefined if this thread has a
 * different metric of that name.
 */
export type FindFamily = (declaration: Declaration) => StoredFamily | undefined

export class PeerArena {
  /** True while a thread counts in the arena. If false, its `sum` and `max` gauges are ignored. */
  isAttached = false
  /** Metrics in the order of the journal, each with its series in this arena; undefined if this thread cannot show it. */
  readonly families: ({ readonly family: StoredFamily; readonly cells: PeerSeries } | undefined)[] = []
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
      this.families.push(this.#add(record, findFamily(record.family)))
      return
    }
    const known = this.families[record.of]
    if (known === undefined) return
    const { family, cells } = known
    const { at } = record
    if ('labels' in record) {
      const ints = this.#memory.viewUpTo(family.endOfCells(at))
      cells.add(family.adopt(record.labels), { ints, at })
    } else {
      // The record does not contain the part's length. The part was allocated before the record was written, so a view
      // of the whole memory contains it.
      cells.addPart(record.cells, record.part, { ints: this.#memory.viewOfAll(), at })
    }
  }

  #add({ at }: { readonly at?: number }, family: StoredFamily | undefined): PeerArena['families'][number] {
    if (family === undefined) return undefined
    const first = at === undefined ? undefined : { ints: this.#memory.viewUpTo(family.endOfCells(at)), at }
    return { family, cells: family.addPeer(this, first) }
  }
}
