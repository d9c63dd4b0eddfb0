/**
 * Invalidations of this process, as sequence numbers. Each invalidation gets the next number and records it as a mark on its
 * key or tag. An entry has the number that was current when its load started. It is invalid if its key or one of its tags has a
 * mark with a higher number. Entries are not searched, so an invalidation costs the same with ten entries as with a million.
 *
 * The marks of tags that an entry in memory has are exact, however many there are. Other names have marks only for loads that run,
 * whose tags may not be known yet: these marks are bounded.
 */
import type { Entry } from '../../stores/entry.ts'
import type { KeySpace } from '../key-spaces.ts'
import { Deletion } from './deletion.ts'
import { type ExpiryMark, ExpiryMarks } from './expiry-marks.ts'
import { type MarkLimits, RecentMarks } from './recent-marks.ts'
import { earliestOf, type TagMarks, TagTable } from './tag-table.ts'

/** Begins the tags that follow from keys: see `HttpReads.deriveTags`. */
const DERIVED = '\n'

/** Marks of tags that follow from keys: no entry holds them, so their number is that of the URLs that were changed or purged. */
const DERIVED_LIMITS: MarkLimits = { maxNames: 65_536, maxLength: 4 * 1024 * 1024, buckets: 262_144 }

/** The part of an entry that the log compares and changes. */
type Marked = Pick<Entry, 'tags' | 'heldTags'>

/** Number of marks that take little memory, and are not counted. */
const FEW_MARKS = 256

export class InvalidationLog {
  #sequence = 0
  #lastMark = 0
  /** Number of the last invalidation of everything. All loads and entries with a lower number are invalid. */
  #cleared = 0
  /** The tags of the entries in memory. */
  readonly #held: TagTable
  // Separate for keys and tags, so that many deleted keys cannot displace the marks of tags.
  readonly #keys: RecentMarks
  readonly #tags: RecentMarks
  /** Deletions of many keys that have not ended. */
  #deletions: readonly Deletion[] = []
  readonly #derivedTags: RecentMarks
  #lastDerivedMark = 0
  readonly #expiredKeys: ExpiryMarks
  readonly #expiredTags: ExpiryMarks
  /** The last expiry of everything. */
  #allExpired: ExpiryMark = { sequence: 0, at: 0 }
  /** The newest mark of an expiry. */
  #lastExpiry = this.#allExpired

  /** @param limits those of keys, of tags, and of the expiries of each. */
  constructor(limits?: MarkLimits) {
    this.#keys = new RecentMarks(limits)
    this.#tags = new RecentMarks(limits)
    this.#derivedTags = new RecentMarks(limits ?? DERIVED_LIMITS)
    this.#expiredKeys = new ExpiryMarks(limits)
    this.#expiredTags = new ExpiryMarks(limits)
    this.#held = new TagTable({
      marksOf: (name) => ({
        invalidatedAt: this.#marksOf(name).lastMark(name),
        expiry: this.#expiredTags.lastMark(name),
      }),
      onRelease: (name, marks) => this.#remember(name, marks),
    })
  }

  /** Memory of the marks of keys, in bytes. With more marks than `entries`, as many are counted: the marks of entries in memory. */
  bytesOf(entries: number): number {
    const { size, bytes } = this.#keys
    return size <= FEW_MARKS ? 0 : Math.round(bytes * Math.min(1, entries / size))
  }

  /** The number of the last invalidation. A load records it when it starts. */
  get sequence(): number {
    return this.#sequence
  }

  /**
   * Number of the last mark that a stored entry can have. Invalidated keys do not count, because an invalidation removes the entry
   * of its key from memory.
   */
  get lastMark(): number {
    return this.#lastMark
  }

  /** Number of tags that entries in memory have. */
  get heldTags(): number {
    return this.#held.size
  }

  /** Number of the last invalidation or expiry of a tag that follows from keys. */
  get lastDerivedMark(): number {
    return this.#lastDerivedMark
  }

  recordKey(key: string): void {
    this.#keys.mark(key, ++this.#sequence)
  }

  /**
   * Deletes many keys. Until `endDeletion`, memory may have entries that the deletion covers.
   *
   * @throws {TypeError} when a key is not valid; then nothing is deleted.
   */
  beginDeletion(keys: readonly string[], space: KeySpace): Deletion {
    const deletion = new Deletion(keys, space, this.#sequence + 1)
    this.#markNext()
    this.#deletions = [...this.#deletions, deletion]
    return deletion
  }

  /** Records a key that `deletion` has covered so far. */
  recordDeleted(key: string, { sequence }: Deletion): void {
    this.#keys.mark(key, sequence)
  }

  endDeletion(deletion: Deletion): void {
    this.#deletions = this.#deletions.filter((one) => one !== deletion)
  }

  /** True while a deletion of many keys has not ended. */
  get isDeleting(): boolean {
    return this.#deletions.length > 0
  }

  /** Returns the first deletion after `sequence` in which the key waits for its step. */
  deletionOf(key: string, sequence: number): Deletion | undefined {
    if (!this.isDeleting) return undefined // no closure is made for most look-ups
    return this.#deletions.find((deletion) => deletion.sequence > sequence && deletion.covers(key))
  }

  recordTag(tag: string): void {
    const sequence = this.#markNext()
    const held = this.#held.find(tag)
    if (tag.startsWith(DERIVED)) this.#lastDerivedMark = sequence
    if (held === undefined) this.#marksOf(tag).mark(tag, sequence)
    else held.invalidatedAt = sequence
  }

  recordEverything(): void {
    this.#cleared = this.#markNext()
    this.#keys.clear()
    this.#tags.clear()
    this.#derivedTags.clear()
    this.#held.clear() // entries that memory still has are invalid by their number
  }

  /** Makes the value of a running load of the key stale. An entry in memory needs a mark of its own. @param at epoch ms. */
  recordExpiredKey(key: string, at: number): void {
    this.#expiredKeys.mark(key, this.#markExpiry(at))
  }

  /** Makes the entries with a tag stale. @param at epoch ms. */
  recordExpiredTag(tag: string, at: number): void {
    const mark = this.#markExpiry(at)
    const held = this.#held.find(tag)
    if (tag.startsWith(DERIVED)) this.#lastDerivedMark = mark.sequence
    if (held === undefined) this.#expiredTags.mark(tag, mark)
    else held.expiry = mark
  }

  /** Makes every entry stale. @param at epoch ms. */
  recordEverythingExpired(at: number): void {
    this.#allExpired = this.#markExpiry(at)
  }

  /** Invalidates nothing, but makes loads that start from now on newer than those that already run. */
  advance(): void {
    this.#sequence++
  }

  /** Must be called before memory stores an entry. From then on, the marks of its tags are exact. */
  hold(entry: Marked): void {
    if (entry.tags.length === 0) return
    entry.heldTags = this.#held.hold(entry.tags)
  }

  /** Must be called when an entry has left memory. */
  release(entry: Marked): void {
    const { heldTags } = entry
    if (heldTags === undefined) return
    entry.heldTags = undefined
    this.#held.release(heldTags)
  }

  /** Must be called when all entries have left memory. */
  releaseAll(): void {
    if (this.#held.size === 0) return
    this.#held.clear()
    // The marks of the tags are gone, so each may concern a load that runs.
    this.#tags.markAll(this.#lastMark)
    this.#derivedTags.markAll(this.#lastMark)
    this.#expiredTags.markAll(this.#lastExpiry)
  }

  /** Returns true if an entry in memory, compared at `sequence`, is invalid because of a tag or of everything. */
  isInvalid(entry: Marked, sequence: number): boolean {
    if (sequence >= this.#lastMark) return false
    if (sequence < this.#cleared) return true
    return entry.heldTags?.isInvalidatedAfter(sequence) ?? this.areTagsInvalidated(entry.tags, sequence)
  }

  /** Returns the time since which an entry in memory is stale because of a tag or of everything; `undefined` if it is not. */
  entryStaleSince(entry: Marked, sequence: number): number | undefined {
    if (sequence >= this.#lastExpiry.sequence) return undefined
    const { heldTags } = entry
    if (heldTags === undefined) return this.staleSince([], entry.tags, sequence)
    return earliestOf([timeAfter(this.#allExpired, sequence), heldTags.staleSince(sequence)])
  }

  /** Returns true if one of the tags, or everything, was invalidated after `sequence`. */
  areTagsInvalidated(tags: readonly string[], sequence: number): boolean {
    if (sequence >= this.#lastMark) return false
    if (sequence < this.#cleared) return true
    for (const tag of tags) {
      if ((this.#held.find(tag)?.invalidatedAt ?? this.#marksOf(tag).lastMark(tag)) > sequence) return true
    }
    return false
  }

  /**
   * Returns true if the key was invalidated after `sequence`. Stored entries need no such check, except for `deletionOf`: an
   * invalidation removes the entry of its key from memory.
   */
  isKeyInvalidated(key: string, sequence: number): boolean {
    return this.#keys.isMarkedAfter(key, sequence) || this.deletionOf(key, sequence) !== undefined
  }

  /** Returns the time since which a value is stale because one of its keys or tags was marked; `undefined` if none was. */
  staleSince(keys: readonly string[], tags: readonly string[], sequence: number): number | undefined {
    if (sequence >= this.#lastExpiry.sequence) return undefined // no list is built for most loads
    const marks = [
      this.#allExpired,
      ...keys.map((key) => this.#expiredKeys.lastMark(key)),
      ...tags.map((tag) => this.#held.find(tag)?.expiry ?? this.#expiredTags.lastMark(tag)),
    ]
    return earliestOf(marks.map((mark) => timeAfter(mark, sequence)))
  }

  /** Those of purged URLs are separate, so that many of them cannot displace the marks of other tags. */
  #marksOf(tag: string): RecentMarks {
    return tag.startsWith(DERIVED) ? this.#derivedTags : this.#tags
  }

  #markNext(): number {
    this.#lastMark = ++this.#sequence
    return this.#lastMark
  }

  #markExpiry(at: number): ExpiryMark {
    this.#lastExpiry = { sequence: this.#markNext(), at }
    return this.#lastExpiry
  }

  /** Stores the marks of a tag that no entry in memory has any more. */
  #remember(tag: string, { invalidatedAt, expiry }: TagMarks): void {
    const marks = this.#marksOf(tag)
    if (invalidatedAt > Math.max(this.#cleared, marks.lastMark(tag))) marks.mark(tag, invalidatedAt)
    if (expiry !== undefined && expiry.sequence > (this.#expiredTags.lastMark(tag)?.sequence ?? 0)) {
      this.#expiredTags.mark(tag, expiry)
    }
  }
}

/** Returns the time of a mark that is newer than `sequence`. */
function timeAfter(mark: ExpiryMark | undefined, sequence: number): number | undefined {
  return mark !== undefined && mark.sequence > sequence ? mark.at : undefined
}
