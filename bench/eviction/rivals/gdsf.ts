/** GDSF: Cherkasova, "Improving WWW Proxies Performance with Greedy-Dual-Size-Frequency Caching", HP Laboratories 1998. */
import type { Rival } from './rival.ts'

/** @param bytesOf size of a key's value; `capacity` is in bytes */
export function createGdsf(capacity: number, keys: number, bytesOf: (key: number) => number): Rival {
  const requests = new Int32Array(keys)
  const isStored = new Uint8Array(keys)
  const priorities = new Float64Array(keys)
  /** Keys by priority, the least first. A key whose priority has risen since is put back. */
  const heap: { key: number; priority: number }[] = []
  let inflation = 0
  let bytes = 0

  function raise(key: number): void {
    priorities[key] = inflation + (requests[key] as number) / bytesOf(key)
  }

  function evict(): void {
    for (;;) {
      const { key, priority } = pop(heap)
      if (isStored[key] === 0) continue
      const now = priorities[key] as number
      if (now > priority) {
        push(heap, { key, priority: now })
        continue
      }
      inflation = priority
      isStored[key] = 0
      bytes -= bytesOf(key)
      return
    }
  }

  return {
    request(key) {
      if (isStored[key] === 1) {
        requests[key] = (requests[key] as number) + 1
        raise(key)
        return true
      }
      const size = bytesOf(key)
      if (size > capacity) return false
      while (bytes + size > capacity) evict()
      isStored[key] = 1
      bytes += size
      requests[key] = 1
      raise(key)
      push(heap, { key, priority: priorities[key] as number })
      return false
    },
  }
}

interface Item {
  key: number
  priority: number
}

function push(heap: Item[], item: Item): void {
  let place = heap.length
  for (;;) {
    const above = (place - 1) >> 1
    const parent = heap[above]
    if (place === 0 || parent === undefined || parent.priority <= item.priority) break
    heap[place] = parent
    place = above
  }
  heap[place] = item
}

function pop(heap: Item[]): Item {
  const least = heap[0] as Item
  const item = heap.pop() as Item
  if (item === least) return least
  let place = 0
  for (;;) {
    const left = heap[2 * place + 1]
    const right = heap[2 * place + 2]
    const child = right !== undefined && left !== undefined && right.priority < left.priority ? right : left
    if (child === undefined || child.priority >= item.priority) break
    heap[place] = child
    place = 2 * place + (child === left ? 1 : 2)
  }
  heap[place] = item
  return least
}
