/** Keys and tags whose entries were made stale: the sequence number and the time of the last mark of each, in bounded memory. */

interface Mark {
  sequence: number
  /** Epoch ms. */
  at: number
}

/** Above this number of names, the older half is dropped; entries that started before the newest dropped mark count as stale. */
const MAX_NAMES = 16_384

export class ExpiryMarks {
  /** Oldest mark first. */
  readonly #marks = new Map<string, Mark>()
  /** The newest dropped mark, or a newer one of everything. */
  #dropped: Mark = { sequence: 0, at: 0 }

  #last = 0

  /** The sequence number of the last mark; 0 without one. */
  get last(): number {
    return this.#last
  }

  /** Makes everything stale. @param sequence must be higher than in every earlier call. */
  markEverything(sequence: number, at: number): void {
    this.#last = sequence
    this.#dropped = { sequence, at }
  }

  /** @param sequence must be higher than in every earlier call. */
  mark(name: string, sequence: number, at: number): void {
    this.#last = sequence
    this.#marks.delete(name) // set again, so that the map stays in the order of the marks
    this.#marks.set(name, { sequence, at })
    if (this.#marks.size > MAX_NAMES) this.#dropOlderHalf()
  }

  /** Returns the time since which an entry that started at `sequence` is stale; `undefined` if it is not. */
  staleSince(names: readonly string[], sequence: number): number | undefined {
    let at = sequence < this.#dropped.sequence ? this.#dropped.at : undefined
    for (const name of names) {
      const mark = this.#marks.get(name)
      if (mark !== undefined && mark.sequence > sequence) at = Math.min(mark.at, at ?? Infinity)
    }
    return at
  }

  #dropOlderHalf(): void {
    for (const [name, mark] of this.#marks) {
      if (this.#marks.size <= MAX_NAMES / 2) break
      this.#marks.delete(name)
      if (mark.sequence > this.#dropped.sequence) this.#dropped = mark
    }
  }
}
