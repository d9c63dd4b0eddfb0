/** Random choices, the same ones for each seed. */
import { seededRandom } from '../../../../support/seeded-random.ts'

export class Random {
  readonly #next: () => number

  constructor(seed: number) {
    this.#next = seededRandom(seed)
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit)
  }

  chance(probability: number): boolean {
    return this.#next() < probability
  }

  /** @throws {RangeError} when the list is empty. */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('pick: the list is empty')
    return list[this.below(list.length)] as T // the index is within the list
  }

  /** Sorted offsets from 1 to below `limit`, each of them once. */
  offsets(count: number, limit: number): number[] {
    const found = new Set<number>()
    for (let i = 0; i < count && limit > 1; i++) found.add(1 + this.below(limit - 1))
    return [...found].sort((one, other) => one - other)
  }

  /** Bytes, one character each. */
  bytes(length: number): string {
    return String.fromCharCode(...Array.from({ length }, () => this.below(256)))
  }
}
