/** Entries that may be evicted next: the least scores that were met, in order. Each counts until it is removed, even if it changed since. */
export class Candidates {
  readonly #slots: Int32Array
  readonly #scores: Float64Array
  readonly #mask: number
  #first = 0
  #count = 0
  #limit = Infinity

  /** @param length a power of two */
  constructor(length: number) {
    this.#slots = new Int32Array(length)
    this.#scores = new Float64Array(length)
    this.#mask = length - 1
  }

  /** Only lower scores are of use. */
  get limit(): number {
    return this.#limit
  }

  /** Slot of the least score. */
  get slot(): number {
    return this.#slots[this.#first] as number
  }

  /** The least score; Infinity if there is none. */
  get score(): number {
    return this.#count === 0 ? Infinity : (this.#scores[this.#first] as number)
  }

  /** Adds a slot, instead of the one with the greatest score if all places are taken. */
  add(slot: number, score: number): void {
    const slots = this.#slots
    const scores = this.#scores
    const mask = this.#mask
    if (this.#count > mask) this.#count--
    let place = this.#first + this.#count++
    for (; place > this.#first && (scores[(place - 1) & mask] as number) > score; place--) {
      slots[place & mask] = slots[(place - 1) & mask] as number
      scores[place & mask] = scores[(place - 1) & mask] as number
    }
    slots[place & mask] = slot
    scores[place & mask] = score
    if (this.#count > mask) this.#limit = scores[(this.#first + mask) & mask] as number
  }

  removeLeast(): void {
    this.#first = (this.#first + 1) & this.#mask
    this.#count--
    // The limit stays until half of the places are free. Without it most additions would be removed by the next ones.
    if (2 * this.#count <= this.#mask) this.#limit = Infinity
  }
}
