/** SIEVE: Zhang et al., "SIEVE is Simpler than LRU", NSDI 2024, algorithm 1. */
import { KeyLists } from './key-lists.ts'
import type { Rival } from './rival.ts'

const QUEUE = 1

export function createSieve(capacity: number, keys: number): Rival {
  const lists = new KeyLists(keys, 1)
  const isVisited = new Uint8Array(keys)
  /** Key to look at next, from the oldest to the newest; -1 for the oldest. */
  let hand = -1

  function evict(): void {
    let key = hand === -1 ? lists.oldest(QUEUE) : hand
    while (isVisited[key] === 1) {
      isVisited[key] = 0
      key = lists.newer(key)
    }
    const next = lists.newer(key)
    hand = next === lists.oldest(QUEUE) ? -1 : next
    lists.remove(key)
  }

  return {
    request(key) {
      if (lists.listOf(key) === QUEUE) {
        isVisited[key] = 1
        return true
      }
      if (lists.lengthOf(QUEUE) === capacity) evict()
      lists.add(QUEUE, key)
      isVisited[key] = 0
      return false
    },
  }
}
