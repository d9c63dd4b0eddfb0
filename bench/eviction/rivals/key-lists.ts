/** Doubly linked lists of keys. Each key is in one list at most. */

/** In place of a list: the key is in none. */
export const NONE = 0

export class KeyLists {
  readonly #newer: Int32Array
  readonly #older: Int32Array
  readonly #list: Uint8Array
  readonly #lengths: Int32Array
  readonly #keys: number

  /** @param keys number of keys @param lists number of lists, which are numbered from 1 */
  constructor(keys: number, lists: number) {
    this.#keys = keys
    this.#newer = new Int32Array(keys + lists + 1)
    this.#older = new Int32Array(keys + lists + 1)
    this.#list = new Uint8Array(keys)
    this.#lengths = new Int32Array(lists + 1)
    for (let list = 1; list <= lists; list++) {
      this.#newer[keys + list] = keys + list
      this.#older[keys + list] = keys + list
    }
  }

  /** Returns the list of a key. */
  listOf(key: number): number {
    return this.#list[key] as number
  }

  lengthOf(list: number): number {
    return this.#lengths[list] as number
  }

  /** Returns the key that was added first. The list must not be empty. */
  oldest(list: number): number {
    return this.#newer[this.#keys + list] as number
  }

  /** Returns the key that was added next, or the oldest one. */
  newer(key: number): number {
    const next = this.#newer[key] as number
    return next < this.#keys ? next : (this.#newer[next] as number)
  }

  /** Moves a key to the newest end of a list. */
  add(list: number, key: number): void {
    this.remove(key)
    const end = this.#keys + list
    const newest = this.#older[end] as number
    this.#older[key] = newest
    this.#newer[newest] = key
    this.#newer[key] = end
    this.#older[end] = key
    this.#list[key] = list
    this.#lengths[list] = this.lengthOf(list) + 1
  }

  remove(key: number): void {
    const list = this.listOf(key)
    if (list === NONE) return
    const newer = this.#newer[key] as number
    const older = this.#older[key] as number
    this.#older[newer] = older
    this.#newer[older] = newer
    this.#list[key] = NONE
    this.#lengths[list] = this.lengthOf(list) - 1
  }
}
