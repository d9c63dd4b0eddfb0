/**
 * What was invalidated, and after which loads had begun. Nothing is searched: an entry remembers the sequence number
 * at which its load began (`born`), a mark remembers the number at which its key or tag was invalidated, and
 * whatever is older than one of its marks is dead. Invalidating costs the same with ten entries or a million.
 */
import { createLastMarks } from './recent-marks.ts'

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
 * @param maxMarks how many keys, and how many tags, are remembered one by one, see {@link createLastMarks}.
 * @param maxLength how long the names of all remembered keys, or tags, may be together.
 */
export function createInvalidations(maxMarks?: number, maxLength?: number): Invalidations {
  let sequence = 0
  /** Whatever was born before it is dead. */
  let cleared = 0
  // Apart, so that many deleted keys do not end what has tags.
  const keys = createLastMarks(maxMarks, maxLength)
  const tags = createLastMarks(maxMarks, maxLength)

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
