/** When each name was last marked: as many as there is room for, and the benefit of the doubt for none beyond. */

export interface LastMarks {
  /** @param at later than every mark before. */
  set(name: string, at: number): void
  /** Was the name marked after `born`, or may it have been? */
  hit(name: string, born: number): boolean
  clear(): void
}

/**
 * @param max how many names are remembered one by one. Beyond, the oldest half is forgotten, and whatever was born before
 *   the youngest forgotten mark counts as hit: a load too many, never a stale answer. Default 16,384.
 * @param maxLength how long all remembered names may be together, in UTF-16 units; beyond, as above. Default 1,048,576.
 */
export function createLastMarks(max = 16_384, maxLength = 1024 * 1024): LastMarks {
  const marks = new Map<string, number>()
  let length = 0
  /** Marks up to here are forgotten. */
  let floor = 0

  function forget(name: string): void {
    if (marks.delete(name)) length -= name.length
  }

  function forgetOlderHalf(): void {
    for (const [name, at] of marks) {
      if (marks.size <= max / 2 && length <= maxLength / 2) break
      forget(name)
      floor = at
    }
  }

  return {
    set(name, at) {
      forget(name) // so that the map stays in the order of the marks
      marks.set(name, at)
      length += name.length
      if (marks.size > max || length > maxLength) forgetOlderHalf()
    },
    hit: (name, born) => born < floor || (marks.get(name) ?? 0) > born,
    clear() {
      marks.clear()
      length = 0
    },
  }
}
