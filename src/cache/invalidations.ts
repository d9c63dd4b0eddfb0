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
  /** Invalidates nothing, but makes what is born from now on younger than what was before. */
  advance(): void
  /** True when one of the tags, or everything, was invalidated after `born`. */
  hitTags(tags: readonly string[], born: number): boolean
  /** True when the key itself was invalidated after `born`. Kept entries need not ask: they left with the mark. */
  hitKey(key: string, born: number): boolean
}

/**
 * @param maxMarks how many keys, and how many tags, are remembered one by one. Beyond, the oldest half is forgotten, and
 *   what was born before the youngest forgotten mark counts as invalidated: a load too many, never a stale answer.
 * @param maxLength how long the names of all remembered keys, or tags, may be together; beyond, as above.
 */
export function createInvalidations(maxMarks = 16_384, maxLength = 1024 * 1024): Invalidations {
  let sequence = 0
  /** Whatever was born before it is dead. */
  let cleared = 0
  // Apart, so that many deleted keys do not end what has tags.
  const keys = createMarks(maxMarks, maxLength)
  const tags = createMarks(maxMarks, maxLength)

  return {
    get sequence() {
      return sequence
    },
    key: (key) => keys.set(key, ++sequence),
    tag: (tag) => tags.set(tag, ++sequence),
    everything() {
      cleared = ++sequence
      keys.clear()
      tags.clear()
    },
    advance() {
      sequence++
    },
    hitTags(names, born) {
      if (born >= sequence) return false
      if (born < cleared) return true
      for (const name of names) if (tags.hit(name, born)) return true
      return false
    },
    hitKey: (key, born) => keys.hit(key, born),
  }
}

interface Marks {
  set(name: string, at: number): void
  /** Was the name marked after `born`, or may it have been? */
  hit(name: string, born: number): boolean
  clear(): void
}

function createMarks(max: number, maxLength: number): Marks {
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
