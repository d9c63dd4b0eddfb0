/**
 * The invalidations of this process, as sequence numbers. Nothing is searched: every invalidation gets the next number, an
 * entry records the number that was current when its load started, and an entry older than a mark on its key or on one of its
 * tags is dead. An invalidation costs the same with ten entries as with a million.
 */
import { RecentMarks } from './recent-marks.ts'

export class InvalidationLog {
  #sequence = 0
  /** Everything that started before this number is invalid. */
  #cleared = 0
  // Two memories, so that many deleted keys do not invalidate everything that has tags.
  readonly #keys: RecentMarks
  readonly #tags: RecentMarks

  /** @param maxNames bounds keys and tags each, as does `maxLength`: see {@link RecentMarks}. */
  constructor(maxNames?: number, maxLength?: number) {
    this.#keys = new RecentMarks(maxNames, maxLength)
    this.#tags = new RecentMarks(maxNames, maxLength)
  }

  /** The number of the last invalidation. A load records it when it starts. */
  get sequence(): number {
    return this.#sequence
  }

  recordKey(key: string): void {
    this.#keys.mark(key, ++this.#sequence)
  }

  recordTag(tag: string): void {
    this.#tags.mark(tag, ++this.#sequence)
  }

  recordEverything(): void {
    this.#cleared = ++this.#sequence
    this.#keys.clear()
    this.#tags.clear()
  }

  /** Invalidates nothing, but makes loads that start from now on newer than those that already run. */
  advance(): void {
    this.#sequence++
  }

  /** True if one of the tags, or everything, was invalidated after `sequence`. */
  areTagsInvalidated(tags: readonly string[], sequence: number): boolean {
    if (sequence >= this.#sequence) return false
    if (sequence < this.#cleared) return true
    for (const tag of tags) if (this.#tags.isMarkedAfter(tag, sequence)) return true
    return false
  }

  /** True if the key itself was invalidated after `sequence`. Stored entries need no such check: the mark removed them. */
  isKeyInvalidated(key: string, sequence: number): boolean {
    return this.#keys.isMarkedAfter(key, sequence)
  }
}
