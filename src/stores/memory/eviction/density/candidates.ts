/** Entries that may be evicted next: the least scores that were met, in order. Each counts until it is removed, even if it changed since. */

/** Number of places, a power of two. */
const PLACES = 8
const MASK = PLACES - 1

export class Candidates {
  readonly #slots = new Int32Array(PLACES)
  readonly #scores = new Float64Array(PLACES)
  #first = 0
  #count = 0
  #limit = Infinity

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
    if (this.#count > MASK) this.#count--
    let place = this.#first + this.#count++
    for (; place > this.#first && (scores[(place - 1) & MASK] as number) > score; place--) {
      slots[place & MASK] = slots[(place - 1) & MASK] as number
      scores[place & MASK] = scores[(place - 1) & MASK] as number
    }
    slots[place & MASK] = slot
    scores[place & MASK] = score
    if (this.#count > MASK) this.#limit = scores[(this.#first + MASK) & MASK] as number
  }

  removeLeast(): void {
    this.#first = (this.#first + 1) & MASK
    this.#count--
    // The limit stays until half of the places are free. Without it most additions would be removed by the next ones.
    if (2 * this.#count <= MASK) this.#limit = Infinity
  }
}
