/** S3-FIFO: Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023, algorithm 1. */
import { KeyLists, NONE } from './key-lists.ts'
import type { Rival } from './rival.ts'

const [SMALL, MAIN, GHOST] = [1, 2, 3] as const

export function createS3Fifo(capacity: number, keys: number): Rival {
  const lists = new KeyLists(keys, 3)
  const requests = new Uint8Array(keys)
  const smallCapacity = Math.max(1, Math.floor(capacity / 10))
  const mainCapacity = capacity - smallCapacity

  function evictFromSmall(): boolean {
    while (lists.lengthOf(SMALL) > 0) {
      const key = lists.oldest(SMALL)
      if ((requests[key] as number) > 1) {
        lists.add(MAIN, key)
        requests[key] = 0
        if (lists.lengthOf(MAIN) > mainCapacity) evictFromMain()
        continue
      }
      lists.add(GHOST, key)
      if (lists.lengthOf(GHOST) > mainCapacity) lists.remove(lists.oldest(GHOST))
      return true
    }
    return false
  }

  function evictFromMain(): void {
    for (;;) {
      const key = lists.oldest(MAIN)
      const left = requests[key] as number
      if (left === 0) {
        lists.remove(key)
        return
      }
      requests[key] = left - 1
      lists.add(MAIN, key)
    }
  }

  function makeSpace(): void {
    while (lists.lengthOf(SMALL) + lists.lengthOf(MAIN) >= capacity) {
      if (lists.lengthOf(SMALL) < smallCapacity || !evictFromSmall()) evictFromMain()
    }
  }

  return {
    request(key) {
      const list = lists.listOf(key)
      if (list === SMALL || list === MAIN) {
        requests[key] = Math.min(3, (requests[key] as number) + 1)
        return true
      }
      makeSpace()
      // The ghost may have dropped the key meanwhile.
      lists.add(list !== NONE && lists.listOf(key) === GHOST ? MAIN : SMALL, key)
      requests[key] = 0
      return false
    },
  }
}
