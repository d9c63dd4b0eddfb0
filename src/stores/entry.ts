/** What is kept under a key, in any tier: a value and how long it may be used, in which way. */
export interface Entry<T = unknown> {
  readonly value: T
  /** When the value was made (epoch ms); before the moment it was kept, if it arrived with an age. */
  readonly madeAt: number
  /** Until then (epoch ms) it answers as a hit. */
  readonly freshUntil: number
  /** Until then it answers stale while it is refreshed behind (RFC 5861 §3); never before `freshUntil`. */
  readonly revalidateUntil: number
  /** Until then it answers stale when a load failed (RFC 5861 §4); never before `freshUntil`. */
  readonly errorUntil: number
  /** Never used stale, whatever a reader would accept (RFC 9111 §5.2.2.2). */
  readonly mustRevalidate: boolean
  /** What invalidates it. */
  readonly tags: readonly string[]
  /** An absence (a 404 and its kin): kept apart, so that endless absences cannot push out what exists. */
  readonly negative: boolean
  /** What the value takes in memory, estimated; key and bookkeeping are added by the store. */
  readonly bytes: number
  /** The invalidation sequence of this process when its load began: whatever was invalidated since is newer. */
  readonly born: number
}

/** From then on (epoch ms) the entry can answer nothing any more. */
export function deadFrom(entry: Entry): number {
  return Math.max(entry.freshUntil, entry.revalidateUntil, entry.errorUntil)
}
