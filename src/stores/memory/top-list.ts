/** The items with the highest scores, in a bounded list. */

export class TopList<T> {
  readonly #most: number
  readonly #scores: number[] = []
  readonly #items: T[] = []

  /** @param most largest number of items. */
  constructor(most: number) {
    this.#most = most
  }

  /** The items, that with the highest score first. */
  get items(): readonly T[] {
    return this.#items
  }

  /** Returns true if an item of this score would be listed. A score of 0 is none. */
  admits(score: number): boolean {
    if (this.#items.length < this.#most) return score > 0
    return score > (this.#scores[this.#most - 1] ?? Infinity)
  }

  /** Adds the item if its score is high enough. */
  add(score: number, item: T): void {
    if (!this.admits(score)) return
    const after = this.#scores.findIndex((other) => other < score)
    const at = after < 0 ? this.#scores.length : after
    this.#scores.splice(at, 0, score)
    this.#items.splice(at, 0, item)
    this.#scores.length = Math.min(this.#scores.length, this.#most)
    this.#items.length = Math.min(this.#items.length, this.#most)
  }
}
