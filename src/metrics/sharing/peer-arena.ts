/** This thread's view of another thread's arena, built from its journal. */

import { textBlockOf } from '../memory/cell-header.ts'
import { JournalReader, type JournalRecord } from '../memory/journal.ts'
import type { SharedMemory } from '../memory/shared-memory.ts'
import { readText } from '../memory/text-block.ts'
import type { Declaration } from '../series/declaration.ts'
import type { Arena, PeerSeries } from '../series/peer-series.ts'
import type { StoredFamily } from '../series/stored-family.ts'

/**
 * Returns the metric with this declaration, and adds it if it is missing. Returns undefined if this thread has a
 * different metric of that name.
 */
export type FindFamily = (declaration: Declaration) => StoredFamily | undefined

export class PeerArena implements Arena {
  /** True while a thread counts in the arena. If false, its `sum` and `max` gauges are ignored. */
  isAttached = false
  /** Metrics in the order of the journal, each with its series in this arena; undefined if this thread cannot show it. */
  readonly families: ({ readonly family: StoredFamily; readonly cells: PeerSeries } | undefined)[] = []
  readonly #memory: SharedMemory
  readonly #arena: number
  readonly #journal: JournalReader<JournalRecord<Declaration>>
  /** Number of changes of states that `unlinkRemoved` has seen. */
  #changes = 0
  #isChanged = false
  /** True if a metric was added whose series are not all there. */
  #hasRemoved = false

  constructor(memory: SharedMemory, arena: number) {
    this.#memory = memory
    this.#arena = arena
    this.#journal = new JournalReader(memory, arena)
  }

  markChanged(): void {
    this.#memory.markChanged(this.#arena)
  }

  /**
   * Begins a `sync`: parts all cells from their series that belong to another series or to none by now. Returns true if
   * states have changed.
   */
  unlinkRemoved(): boolean {
    const changes = this.#memory.changesOf(this.#arena)
    this.#isChanged = changes !== this.#changes
    this.#changes = changes
    if (this.#isChanged) for (const known of this.families) known?.cells.unlinkChanged()
    return this.#isChanged
  }

  /**
   * Applies the journal's new records, and finds the series of cells that were used again. Returns true if a new metric
   * with closed labels has removed series.
   */
  sync(findFamily: FindFamily): boolean {
    this.#hasRemoved = false
    this.isAttached = this.#memory.isAttached(this.#arena)
    if (this.#isChanged) for (const known of this.families) if (known) this.#link(known)
    for (const record of this.#journal.readNew()) this.#apply(record, findFamily)
    return this.#hasRemoved
  }

  #apply(record: JournalRecord<Declaration>, findFamily: FindFamily): void {
    if ('family' in record) {
      const known = this.#add(record, findFamily(record.family))
      this.families.push(known)
      if (known === undefined) return
      this.#link(known)
      if (known.cells.series.includes(undefined)) this.#hasRemoved = true
      return
    }
    const known = this.families[record.of]
    if (known === undefined) return
    const { family, cells } = known
    const { at } = record
    if ('part' in record) {
      // The record does not contain the part's length. The part was allocated before the record was written, so a view
      // of the whole memory contains it.
      cells.addPart(record.cells, record.part, { ints: this.#memory.viewOfAll(), at })
    } else {
      cells.add({ ints: this.#memory.viewUpTo(family.endOfCells(at)), at })
      this.#link(known, cells.ats.length - 1)
    }
  }

  #add({ at }: { readonly at?: number }, family: StoredFamily | undefined): PeerArena['families'][number] {
    if (family === undefined) return undefined
    const first = at === undefined ? undefined : { ints: this.#memory.viewUpTo(family.endOfCells(at)), at }
    return { family, cells: family.addPeer(this, first) }
  }

  /** Finds the series of all cells from number `from` on. */
  #link({ family, cells }: NonNullable<PeerArena['families'][number]>, from = 0): void {
    if (cells.isTaken) return
    cells.link((at, i) => family.adopt(family.textAt(i) ?? this.#textOf(cells.ints, at)), from)
  }

  #textOf(ints: Int32Array, at: number): string {
    return readText({ ints: this.#memory.viewOfAll(), at: textBlockOf(ints, at) })
  }
}
