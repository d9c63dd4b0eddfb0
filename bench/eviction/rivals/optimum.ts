/** The optimum: evicts the entry whose next request comes last (Belady, IBM Systems Journal 5, 1966), also the newcomer. */
import type { Trace } from '../../../tests/support/traces/synthetic.ts'

/** Returns the percentage of the requests that are hits. */
export function optimalRatio(trace: Trace, capacity: number, keys: number): number {
  const next = nextRequests(trace, keys)
  const heap = new MaxHeap(trace.length)
  /** Number of the next request for each entry, or -1. */
  const entries = new Int32Array(keys).fill(-1)
  let size = 0
  let hits = 0
  for (const [i, key] of trace.entries()) {
    if (entries[key] === i) hits++
    else size++
    const nextRequest = next[i] as number
    entries[key] = nextRequest
    if (nextRequest === trace.length) {
      size-- // never requested again
      continue
    }
    heap.push(nextRequest)
    if (size <= capacity) continue
    entries[trace[heap.pop()] as number] = -1
    size--
  }
  return (100 * hits) / trace.length
}

function nextRequests(trace: Trace, keys: number): Int32Array {
  const next = new Int32Array(trace.length)
  const later = new Int32Array(keys).fill(trace.length)
  for (let i = trace.length - 1; i >= 0; i--) {
    const key = trace[i] as number
    next[i] = later[key] as number
    later[key] = i
  }
  return next
}

/** Requests that have passed stay in it: they are less than all others. */
class MaxHeap {
  readonly #items: Int32Array
  #length = 0

  constructor(capacity: number) {
    this.#items = new Int32Array(capacity)
  }

  push(item: number): void {
    let place = this.#length++
    for (let above = (place - 1) >> 1; place > 0 && this.#at(above) < item; above = (place - 1) >> 1) {
      this.#items[place] = this.#at(above)
      place = above
    }
    this.#items[place] = item
  }

  pop(): number {
    const greatest = this.#at(0)
    const item = this.#at(--this.#length)
    let place = 0
    for (;;) {
      const left = 2 * place + 1
      if (left >= this.#length) break
      const child = left + 1 < this.#length && this.#at(left + 1) > this.#at(left) ? left + 1 : left
      if (this.#at(child) <= item) break
      this.#items[place] = this.#at(child)
      place = child
    }
    this.#items[place] = item
    return greatest
  }

  #at(place: number): number {
    return this.#items[place] as number
  }
}
