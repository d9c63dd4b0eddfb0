/** Evicts the least recently used entry: a doubly linked list through the slots, the most recently used one first. */
import { GrowingInts, IN_CHUNK } from '../growing-ints.ts'
import type { EvictionPolicy } from './eviction-policy.ts'

const NONE = -1

export class LruPolicy implements EvictionPolicy {
  readonly usesHash = false
  /** The neighbours of each slot: the more recently used one at 2 x slot, the less recently used one at 2 x slot + 1. */
  #links = new GrowingInts()
  #newest = NONE
  #oldest = NONE
  #length = 0

  get bytes(): number {
    return this.#links.bytes
  }

  miss(): void {}

  use(slot: number): void {
    if (slot === this.#newest) return
    this.#unlink(slot)
    this.#link(slot)
  }

  add(slot: number): void {
    this.#links.fit(2 * ++this.#length)
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
    if (slot === --this.#length) this.#links.fit(2 * slot)
  }

  move(from: number, to: number): void {
    const links = this.#links.chunkOf(2 * from)
    const at = (2 * from) & IN_CHUNK
    this.#connect(links[at] as number, to)
    this.#connect(to, links[at + 1] as number)
    this.#links.fit(2 * this.#length)
  }

  clear(): void {
    this.#links = new GrowingInts()
    this.#newest = NONE
    this.#oldest = NONE
    this.#length = 0
  }

  #link(slot: number): void {
    this.#connect(slot, this.#newest)
    this.#connect(NONE, slot)
  }

  #unlink(slot: number): void {
    const links = this.#links.chunkOf(2 * slot)
    const at = (2 * slot) & IN_CHUNK
    this.#connect(links[at] as number, links[at + 1] as number)
  }

  /** Makes two slots neighbours; -1 stands for an end of the list. */
  #connect(newer: number, older: number): void {
    if (newer === NONE) this.#newest = older
    else this.#links.chunkOf(2 * newer)[((2 * newer) & IN_CHUNK) + 1] = older
    if (older === NONE) this.#oldest = newer
    else this.#links.chunkOf(2 * older)[(2 * older) & IN_CHUNK] = newer
  }
}
