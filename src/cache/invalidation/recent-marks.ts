/** The sequence number at which each name was last invalidated, in bounded memory. */
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

/**
 * The newest mark of each name, within two limits. Above a limit, the older half of the marks is dropped. A dropped mark counts for
 * all names in its bucket: that costs loads that started before it, but no stale value is served.
 */
export class RecentMarks {
  readonly #maxNames: number
  readonly #maxLength: number
  /** In the order of the calls of `mark`. */
  readonly #marks = new Map<string, number>()
  #length = 0
  readonly #dropped: DroppedMarks
  /** Everything that started before this number counts as invalidated. */
  #floor = 0

  constructor({ maxNames = 16_384, maxLength = 1024 * 1024, buckets }: MarkLimits = {}) {
    this.#maxNames = maxNames
    this.#maxLength = maxLength
    this.#dropped = new DroppedMarks(buckets)
  }

  /** @param sequence must not be lower than that of an earlier mark of the name. */
  mark(name: string, sequence: number): void {
    this.#remove(name) // set again below, so that the map stays in the order of the marks
    this.#marks.set(name, sequence)
    this.#length += name.length
    if (this.#marks.size > this.#maxNames || this.#length > this.#maxLength) this.#dropOlderHalf()
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
    this.#dropped.clear()
    this.#length = 0
  }

  #remove(name: string): void {
    if (this.#marks.delete(name)) this.#length -= name.length
  }

  #dropOlderHalf(): void {
    for (const [name, sequence] of this.#marks) {
      if (this.#marks.size <= this.#maxNames / 2 && this.#length <= this.#maxLength / 2) break
      this.#remove(name)
      this.#dropped.add(name, sequence)
    }
  }
}
