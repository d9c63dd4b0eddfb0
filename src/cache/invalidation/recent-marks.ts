/** The sequence number at which each name was last invalidated, in bounded memory. */
import { heapModelOf } from '../../heap/heap-model.ts'
import { MapTable } from '../../heap/map-table.ts'
import { DroppedMarks } from './dropped-marks.ts'

/** Limits of {@link RecentMarks}. */
export interface MarkLimits {
  /** Maximum number of names. Default: 16,384. */
  maxNames?: number
  /** Maximum length of all names together, in UTF-16 units. Default: 1,048,576. */
  maxLength?: number
  /** Number of groups of names whose dropped marks share a number, a power of two. Default: 65,536. */
  buckets?: number
}

const heap = heapModelOf()

/**
 * The newest mark of each name, within two limits. Above a limit, the oldest mark is dropped. A dropped mark counts for all names in
 * its bucket: that costs loads that started before it, but no stale value is served.
 */
export class RecentMarks {
  readonly #maxNames: number
  readonly #maxLength: number
  /** In the order of the calls of `mark`. */
  readonly #marks = new Map<string, number>()
  /** The marks that are not dropped, oldest first. Kept, because a new iterator would pass all holes of the map again. */
  #oldest = this.#marks.entries()
  #length = 0
  readonly #table = new MapTable(heap)
  readonly #dropped: DroppedMarks
  /** Everything that started before this number counts as invalidated. */
  #floor = 0

  constructor({ maxNames = 16_384, maxLength = 1024 * 1024, buckets }: MarkLimits = {}) {
    this.#maxNames = maxNames
    this.#maxLength = maxLength
    this.#dropped = new DroppedMarks(buckets)
  }

  /** Number of names whose marks are not dropped. */
  get size(): number {
    return this.#marks.size
  }

  /** Memory of the marks, in bytes, with the names: entries in memory have copies of them. */
  get bytes(): number {
    const names = this.size === 0 ? 0 : this.size * heap.string(Math.ceil(this.#length / this.size), 1)
    return names + this.#table.bytes + this.#dropped.bytes
  }

  /** Does nothing if the name has a higher mark. */
  mark(name: string, sequence: number): void {
    if ((this.#marks.get(name) ?? 0) > sequence) return
    this.#remove(name) // set again below, so that the map stays in the order of the marks
    this.#marks.set(name, sequence)
    this.#table.add()
    this.#length += name.length
    while (this.#marks.size > this.#maxNames || this.#length > this.#maxLength) this.#dropOldest()
  }

  /** Marks all names. */
  markAll(sequence: number): void {
    this.clear()
    this.#floor = sequence
  }

  /** Returns true if the name was marked after `sequence`, or may have been, because its mark could be a dropped one. */
  isMarkedAfter(name: string, sequence: number): boolean {
    return this.lastMark(name) > sequence
  }

  /** Returns the last mark of the name, or a higher one that was dropped and may be its own; 0 if there is none. */
  lastMark(name: string): number {
    return Math.max(this.#floor, this.#marks.get(name) ?? 0, this.#dropped.highest(name))
  }

  clear(): void {
    this.#marks.clear()
    this.#table.clear()
    this.#oldest = this.#marks.entries()
    this.#dropped.clear()
    this.#length = 0
  }

  #remove(name: string): void {
    if (!this.#marks.delete(name)) return
    this.#table.delete()
    this.#length -= name.length
  }

  #dropOldest(): void {
    const [name, sequence] = this.#oldest.next().value ?? ['', 0]
    this.#remove(name)
    this.#dropped.add(name, sequence)
  }
}
