/** The sequence number at which each name was last invalidated, in bounded memory. */

/**
 * The newest mark of each name, within two limits. Above a limit, the older half of the marks is dropped. From then on,
 * everything that started before the newest dropped mark counts as invalidated: that costs a load, but no stale value is
 * served.
 */
export class RecentMarks {
  readonly #maxNames: number
  readonly #maxLength: number
  /** Oldest mark first. */
  readonly #marks = new Map<string, number>()
  #length = 0
  /** The highest sequence number of the dropped marks. */
  #floor = 0

  /**
   * @param maxNames maximum number of names. Default: 16,384.
   * @param maxLength maximum length of all names together, in UTF-16 units. Default: 1,048,576.
   */
  constructor(maxNames = 16_384, maxLength = 1024 * 1024) {
    this.#maxNames = maxNames
    this.#maxLength = maxLength
  }

  /** @param sequence must be higher than in every earlier call. */
  mark(name: string, sequence: number): void {
    this.#drop(name) // set again below, so that the map stays in the order of the marks
    this.#marks.set(name, sequence)
    this.#length += name.length
    if (this.#marks.size > this.#maxNames || this.#length > this.#maxLength) this.#dropOlderHalf()
  }

  /** Returns true if the name was marked after `sequence`, or may have been, because its mark could be a dropped one. */
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
