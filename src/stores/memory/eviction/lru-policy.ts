/** Evicts the least recently used entry: a doubly linked list through the slots, the most recently used one first. */
import { int32Array } from '../chunked-array.ts'
import type { EvictionPolicy } from './eviction-policy.ts'

const NONE = -1

export class LruPolicy implements EvictionPolicy {
  /** The neighbours of each slot: the more recently used one at 2 x slot, the less recently used one at 2 x slot + 1. */
  #links = int32Array()
  #newest = NONE
  #oldest = NONE
  #length = 0

  get bytes(): number {
    return 4 * this.#links.capacity
  }

  miss(): void {}

  use(slot: number): void {
    if (slot === this.#newest) return
    this.#unlink(slot)
    this.#link(slot)
  }

  add(slot: number): void {
    this.#length = Math.max(this.#length, slot + 1)
    this.#link(slot)
  }

  update(slot: number): void {
    this.use(slot)
  }

  victim(): number {
    return this.#oldest
  }

  remove(slot: number): void {
    this.#unlink(slot)
    if (slot === this.#length - 1) this.#truncate()
  }

  move(from: number, to: number): void {
    const newer = this.#links.at(2 * from)
    const older = this.#links.at(2 * from + 1)
    this.#links.set(2 * to, newer)
    this.#links.set(2 * to + 1, older)
    this.#connect(newer, to)
    this.#connect(to, older)
    this.#truncate()
  }

  clear(): void {
    this.#links = int32Array()
    this.#newest = NONE
    this.#oldest = NONE
    this.#length = 0
  }

  #link(slot: number): void {
    this.#connect(slot, this.#newest)
    this.#connect(NONE, slot)
  }

  #unlink(slot: number): void {
    this.#connect(this.#links.at(2 * slot), this.#links.at(2 * slot + 1))
  }

  /** Makes two slots neighbours; -1 stands for an end of the list. */
  #connect(newer: number, older: number): void {
    if (newer === NONE) this.#newest = older
    else this.#links.set(2 * newer + 1, older)
    if (older === NONE) this.#oldest = newer
    else this.#links.set(2 * older, newer)
  }

  #truncate(): void {
    this.#length--
    this.#links.truncate(2 * this.#length)
  }
}
