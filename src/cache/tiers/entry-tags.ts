/** All tags of entries: those that an entry has, and those that follow from its key, which take no memory. */
import type { Entry } from '../../stores/entry.ts'
import type { CacheCore } from '../core.ts'
import type { InvalidationLog } from '../invalidation/invalidation-log.ts'
import type { KeySpaces } from '../key-spaces.ts'
import type { TagOptions } from '../lifetime.ts'
import { propertiesOf, storedEntry } from '../values/stored-entry.ts'

type Tagged = Pick<Entry, 'tags' | 'derivesTags'>

const NO_TAGS: readonly string[] = []

export class EntryTags {
  readonly #core: CacheCore
  readonly #log: InvalidationLog
  readonly #keys: KeySpaces

  constructor(core: CacheCore) {
    this.#core = core
    this.#log = core.log
    this.#keys = core.keys
  }

  /** Returns all tags of a value. */
  all(storeKey: string, { tags = NO_TAGS, derivesTags }: TagOptions): readonly string[] {
    return derivesTags ? [...tags, ...this.#derived(storeKey)] : tags
  }

  /** Returns the tags that follow from the key, if one of them may have been marked after `sequence`. */
  derivedSince(storeKey: string, { derivesTags }: TagOptions, sequence: number): readonly string[] {
    return derivesTags && sequence < this.#log.lastDerivedMark ? this.#derived(storeKey) : NO_TAGS
  }

  /** Returns true if one of the tags, or everything, was invalidated after `sequence`. */
  areInvalidated(storeKey: string, tagged: TagOptions, sequence: number): boolean {
    if (sequence >= this.#log.lastMark) return false
    return (
      this.#log.areTagsInvalidated(tagged.tags ?? NO_TAGS, sequence) ||
      this.#log.areTagsInvalidated(this.derivedSince(storeKey, tagged, sequence), sequence)
    )
  }

  /** Returns the entry as a remote tier stores it: with all tags. */
  withAll(storeKey: string, entry: Entry): Entry {
    if (!entry.derivesTags) return entry
    const tags = this.all(storeKey, entry)
    return storedEntry({ ...propertiesOf(entry), tags, derivesTags: false }, this.#core.terms)
  }

  /** Returns the tags of an entry of the remote tier as memory stores them. */
  ownOnly(storeKey: string, tags: readonly string[]): Tagged {
    const derived = this.#derived(storeKey)
    const derivesTags = derived.length > 0 && derived.every((tag) => tags.includes(tag))
    return { derivesTags, tags: derivesTags ? tags.filter((tag) => !derived.includes(tag)) : tags }
  }

  #derived(storeKey: string): readonly string[] {
    return this.#keys.of(storeKey).derivedTags(storeKey)
  }
}
