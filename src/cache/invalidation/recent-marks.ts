/** The sequence number at which each name was last invalidated, in bounded memory. */

/**
 * Remembers up to `maxNames` names one by one. Beyond either bound the older half is dropped, and from then on everything
 * that started before the newest dropped mark counts as invalidated: that costs a load and never a stale value.
 */
export class RecentMarks {
  readonly #maxNames: number
  readonly #maxLength: number
  /** Oldest mark first. */
  readonly #marks = new Map<string, number>()
  #length = 0
  /** The newest dropped sequence number. */
  #floor = 0

  /**
   * @param maxNames default 16,384.
   * @param maxLength the length of all remembered names together, in UTF-16 units. Default 1,048,576.
   */
  constructor(maxNames = 16_384, maxLength = 1024 * 1024) {
    this.#maxNames = maxNames
    this.#maxLength = maxLength
  }

  /** @param sequence higher than every number before. */
  mark(name: string, sequence: number): void {
    this.#drop(name) // re-inserted below, which keeps the map in the order of the marks
    this.#marks.set(name, sequence)
    this.#length += name.length
    if (this.#marks.size > this.#maxNames || this.#length > this.#maxLength) this.#dropOlderHalf()
  }

  /** True if the name was, or may have been, marked after `sequence`. */
  isMarkedAfter(name: string, sequence: number): boolean {
    return sequence < this.#floor || (this.#marks.get(name) ?? 0) > sequence
  }

  clear(): void {
    this.#marks.clear()
    this.#length = 0
  }

  #drop(name: string): void {
    if (this.#marks.delete(name)) this.#length -= name.length
  }

  #dropOlderHalf(): void {
    for (const [name, sequence] of this.#marks) {
      if (this.#marks.size <= this.#maxNames / 2 && this.#length <= this.#maxLength / 2) break
      this.#drop(name)
      this.#floor = sequence
    }
  }
}
