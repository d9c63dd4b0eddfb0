/** Entries in the order of their expiry: a binary heap with the position of each member, so that removal takes O(log n). */

export interface Expiring {
  /** Time from which the entry is of no use, epoch ms. */
  deadFrom: number
  /** Position in the heap; only the heap writes it. */
  place: number
}

export interface Expiry<N extends Expiring> {
  add(node: N): void
  remove(node: N): void
  /** Returns the member that expires first, if it has expired at `now`. It stays in the heap until it is removed. */
  due(now: number): N | undefined
}

export function createExpiry<N extends Expiring>(): Expiry<N> {
  const heap: N[] = []

  function put(node: N, place: number): void {
    heap[place] = node
    node.place = place
  }

  function rise(node: N, from: number): void {
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || parent.deadFrom <= node.deadFrom) break
      put(parent, place)
      place = above
    }
    put(node, place)
  }

  function sink(node: N, from: number): void {
    let place = from
    for (;;) {
      const left = heap[2 * place + 1]
      const right = heap[2 * place + 2]
      const child = right !== undefined && left !== undefined && right.deadFrom < left.deadFrom ? right : left
      if (child === undefined || child.deadFrom >= node.deadFrom) break
      const below = child.place
      put(child, place)
      place = below
    }
    put(node, place)
  }

  return {
    add(node) {
      heap.push(node)
      rise(node, heap.length - 1)
    },
    remove(node) {
      const { place } = node
      const last = heap.pop()
      if (last === undefined || last === node) return
      const above = heap[(place - 1) >> 1]
      if (place > 0 && above !== undefined && above.deadFrom > last.deadFrom) rise(last, place)
      else sink(last, place)
    },
    due(now) {
      const first = heap[0]
      return first !== undefined && first.deadFrom <= now ? first : undefined
    },
  }
}
