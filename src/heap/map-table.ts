/** The table of a Map by its capacity, which depends on the order of additions and deletions. */
import type { HeapModel } from './heap-model.ts'

/** Capacity of the smallest table. */
const LEAST = 4

/** JavaScriptCore: tables grow by 4 below this capacity, and hold half as many members again from it on. */
const LARGE = 65_536

/**
 * Follows the growth of a Map. A deleted member takes its place until the table is rebuilt, which happens when it is full: at the same
 * size if half of the members are deleted ones, otherwise at a larger one. A table of which a quarter is used shrinks to its half.
 */
export class MapTable {
  readonly #heap: HeapModel
  #capacity = LEAST
  #members = 0
  #deleted = 0

  constructor(heap: HeapModel) {
    this.#heap = heap
  }

  get bytes(): number {
    return this.#heap.mapTable(this.#capacity)
  }

  add(): void {
    const { engine } = this.#heap
    const places = engine === 'jsc' && this.#capacity > LARGE / 4 ? 1.5 * this.#capacity : this.#capacity
    if (this.#members + this.#deleted >= places) {
      const growth = engine === 'jsc' && this.#deleted === 0 && this.#capacity < LARGE ? 4 : 2
      if (2 * this.#deleted < places) this.#capacity *= growth
      this.#deleted = 0
    }
    this.#members++
  }

  delete(): void {
    this.#members--
    this.#deleted++
    if (4 * this.#members >= this.#capacity || this.#capacity === LEAST) return
    this.#capacity /= 2
    this.#deleted = 0
  }

  clear(): void {
    this.#capacity = LEAST
    this.#members = 0
    this.#deleted = 0
  }
}
