/**
 * Invalidations of this process, as sequence numbers. Each invalidation gets the next number and records it as a mark on its
 * key or tag. An entry has the number that was current when its load started. It is invalid if its key or one of its tags has a
 * mark with a higher number. Entries are not searched, so an invalidation costs the same with ten entries as with a million.
 */
import { ExpiryMarks } from './expiry-marks.ts'
import { RecentMarks } from './recent-marks.ts'

export class InvalidationLog {
  #sequence = 0
  #lastMark = 0
  /** Number of the last invalidation of everything. All loads and entries with a lower number are invalid. */
  #cleared = 0
  // Separate for keys and tags, so that many deleted keys cannot displace the marks of tags.
  readonly #keys: RecentMarks
  readonly #tags: RecentMarks
  readonly #expired = new ExpiryMarks()

  /** Both limits apply to keys and to tags separately; see {@link RecentMarks}. */
  constructor(maxNames?: number, maxLength?: number) {
    this.#keys = new RecentMarks(maxNames, maxLength)
    this.#tags = new RecentMarks(maxNames, maxLength)
  }

  /** The number of the last invalidation. A load records it when it starts. */
  get sequence(): number {
    return this.#sequence
  }

  /**
   * Number of the last mark that a stored entry can have. Keys do not count, because an invalidation removes the entry of its key
   * from memory.
   */
  get lastMark(): number {
    return this.#lastMark
  }

  recordKey(key: string): void {
    this.#keys.mark(key, ++this.#sequence)
  }

  recordTag(tag: string): void {
    this.#tags.mark(tag, this.#markNext())
  }

  recordEverything(): void {
    this.#cleared = this.#markNext()
    this.#keys.clear()
    this.#tags.clear()
  }

  /** Makes the entry of a key stale. @param at epoch ms. */
  recordExpiredKey(key: string, at: number): void {
    this.#expired.mark(`k${key}`, this.#markNext(), at)
  }

  /** Makes the entries with a tag stale. @param at epoch ms. */
  recordExpiredTag(tag: string, at: number): void {
    this.#expired.mark(`t${tag}`, this.#markNext(), at)
  }

  /** Makes every entry stale. @param at epoch ms. */
  recordEverythingExpired(at: number): void {
    this.#expired.markEverything(this.#markNext(), at)
  }

  /** Returns the time since which an entry is stale because its key or a tag was marked; `undefined` if none was. */
  staleSince(keys: readonly string[], tags: readonly string[], sequence: number): number | undefined {
    if (sequence >= this.#expired.last) return undefined // no list is built for most hits
    return this.#expired.staleSince(
      [...keys.map((key) => `k${key}`), ...tags.map((tag) => `t${tag}`)],
      sequence,
    )
  }

  /** Invalidates nothing, but makes loads that start from now on newer than those that already run. */
  advance(): void {
    this.#sequence++
  }

  /** Returns true if one of the tags, or everything, was invalidated after `sequence`. */
  areTagsInvalidated(tags: readonly string[], sequence: number): boolean {
    if (sequence >= this.#lastMark) return false
    if (sequence < this.#cleared) return true
    for (const tag of tags) if (this.#tags.isMarkedAfter(tag, sequence)) return true
    return false
  }

  /**
   * Returns true if the key was invalidated after `sequence`. Stored entries need no such check: an invalidation removes the
   * entry of its key from memory.
   */
  isKeyInvalidated(key: string, sequence: number): boolean {
    return this.#keys.isMarkedAfter(key, sequence)
  }

  #markNext(): number {
    this.#lastMark = ++this.#sequence
    return this.#lastMark
  }
}
