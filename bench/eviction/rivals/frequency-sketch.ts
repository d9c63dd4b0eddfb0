/** Counts of requests, about right and at most 15: a count-min sketch that halves its counts from time to time. */
export class FrequencySketch {
  readonly #counts: Uint8Array
  readonly #mask: number
  readonly #period: number
  #additions = 0

  /** @param capacity number of entries of the cache */
  constructor(capacity: number) {
    const length = 2 ** Math.ceil(Math.log2(Math.max(16, 4 * capacity)))
    this.#counts = new Uint8Array(4 * length)
    this.#mask = length - 1
    this.#period = 10 * Math.max(capacity, 16)
  }

  add(key: number): void {
    let isNew = false
    for (let row = 0; row < 4; row++) {
      const at = this.#indexOf(key, row)
      const count = this.#counts[at] as number
      if (count === 15) continue
      this.#counts[at] = count + 1
      isNew = true
    }
    if (!isNew || ++this.#additions < this.#period) return
    for (let i = 0; i < this.#counts.length; i++) this.#counts[i] = (this.#counts[i] as number) >> 1
    this.#additions >>= 1
  }

  count(key: number): number {
    let least = 15
    for (let row = 0; row < 4; row++) {
      least = Math.min(least, this.#counts[this.#indexOf(key, row)] as number)
    }
    return least
  }

  #indexOf(key: number, row: number): number {
    let hash = Math.imul(key + 1, 0x9e3779b1) ^ Math.imul(row + 1, 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
    hash ^= hash >>> 13
    return row * (this.#mask + 1) + (hash & this.#mask)
  }
}
