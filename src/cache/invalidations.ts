/**
 * What was invalidated, and after which loads had begun. Nothing is searched: an entry remembers the sequence number
 * at which its load began (`born`), a mark remembers the number at which its key or tag was invalidated, and
 * whatever is older than one of its marks is dead. Invalidating costs the same with ten entries or a million.
 */

export interface Invalidations {
  /** The number of the last invalidation: what a load that begins now is born with. */
  readonly sequence: number
  key(key: string): void
  tag(tag: string): void
  everything(): void
  /** True when one of the tags, or everything, was invalidated after `born`. */
  hitTags(tags: readonly string[], born: number): boolean
  /** True when the key itself was invalidated after `born`. Kept entries need not ask: they left with the mark. */
  hitKey(key: string, born: number): boolean
}

/**
 * @param maxMarks how many keys and tags are remembered one by one. Beyond, the oldest half is forgotten, and what was
 *   born before the youngest forgotten mark counts as invalidated: a load too many, never a stale answer.
 */
export function createInvalidations(maxMarks = 16_384): Invalidations {
  let sequence = 0
  /** Whatever was born before it is dead. */
  let cleared = 0
  /** Marks up to here are forgotten. */
  let floor = 0
  const tagMarks = new Map<string, number>()
  const keyMarks = new Map<string, number>()

  function mark(marks: Map<string, number>, name: string): void {
    marks.delete(name) // so that the map stays in the order of the marks
    marks.set(name, ++sequence)
    if (marks.size > maxMarks) forgetOlderHalf(marks)
  }

  function forgetOlderHalf(marks: Map<string, number>): void {
    let surplus = marks.size - maxMarks / 2
    for (const [name, at] of marks) {
      if (surplus-- <= 0) break
      marks.delete(name)
      floor = Math.max(floor, at)
    }
  }

  return {
    get sequence() {
      return sequence
    },
    key: (key) => mark(keyMarks, key),
    tag: (tag) => mark(tagMarks, tag),
    everything() {
      cleared = ++sequence
      tagMarks.clear()
      keyMarks.clear()
    },
    hitTags(tags, born) {
      if (born >= sequence) return false
      if (born < cleared) return true
      if (tags.length > 0 && born < floor) return true
      for (const tag of tags) if ((tagMarks.get(tag) ?? 0) > born) return true
      return false
    },
    hitKey: (key, born) => born < floor || (keyMarks.get(key) ?? 0) > born,
  }
}
