/** ARC: Megiddo and Modha, "ARC: A Self-Tuning, Low Overhead Replacement Cache", FAST 2003, figure 4. */
import { KeyLists } from './key-lists.ts'
import type { Rival } from './rival.ts'

/** Entries that were requested once recently, and more than once; keys that were evicted from these. */
const [T1, T2, B1, B2] = [1, 2, 3, 4] as const

export function createArc(capacity: number, keys: number): Rival {
  const lists = new KeyLists(keys, 4)
  const length = (list: number) => lists.lengthOf(list)
  /** Number of entries that T1 should have. */
  let target = 0

  function replace(isInB2: boolean): void {
    const once = length(T1)
    const fromT1 = once > 0 && (once > target || (isInB2 && once === target))
    if (fromT1) lists.add(B1, lists.oldest(T1))
    else lists.add(B2, lists.oldest(T2))
  }

  function makeSpace(): void {
    const once = length(T1) + length(B1)
    if (once === capacity) {
      if (length(T1) < capacity) {
        lists.remove(lists.oldest(B1))
        replace(false)
      } else lists.remove(lists.oldest(T1))
      return
    }
    const all = once + length(T2) + length(B2)
    if (all < capacity) return
    if (all === 2 * capacity) lists.remove(lists.oldest(B2))
    replace(false)
  }

  return {
    request(key) {
      const list = lists.listOf(key)
      if (list === T1 || list === T2) {
        lists.add(T2, key)
        return true
      }
      if (list === B1) {
        target = Math.min(capacity, target + Math.max(1, length(B2) / length(B1)))
        replace(false)
        lists.add(T2, key)
      } else if (list === B2) {
        target = Math.max(0, target - Math.max(1, length(B1) / length(B2)))
        replace(true)
        lists.add(T2, key)
      } else {
        makeSpace()
        lists.add(T1, key)
      }
      return false
    },
  }
}
