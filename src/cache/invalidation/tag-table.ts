/**
 * The tags that entries in memory have. Each tag holds the number of its last invalidation, and an entry refers to its tags, so that
 * a hit compares numbers. A tag leaves the table with the last entry that has it, so the table is as large as its entries require.
 */
import { ownedString } from '../../heap/owned.ts'
import type { HeldTags } from '../../stores/entry.ts'
import type { ExpiryMark } from './expiry-marks.ts'

/** The last invalidation and the last expiry of a tag. */
export interface TagMarks {
  /** Sequence number; 0 if the tag was never invalidated. */
  invalidatedAt: number
  expiry: ExpiryMark | undefined
}

/** An entry with new tags, and the one that it replaces. */
const NEW_HOLDERS = 2

/** One tag, which is also the list of tags of each entry that has no other. */
export class Tag implements HeldTags, TagMarks {
  readonly name: string
  invalidatedAt: number
  expiry: ExpiryMark | undefined
  /** Number of entries and lists that have the tag. */
  holders = 0
  /** The last list that ends with this tag. The next entry with the same tags shares it. */
  lastList: TagList | undefined = undefined

  constructor(name: string, { invalidatedAt, expiry }: TagMarks) {
    this.name = name
    this.invalidatedAt = invalidatedAt
    this.expiry = expiry
  }

  get names(): readonly string[] {
    return [this.name] // an array for each tag would take as much memory as the tag
  }

  get ownNames(): readonly string[] | undefined {
    return this.holders > NEW_HOLDERS ? undefined : this.names
  }

  isInvalidatedAfter(sequence: number): boolean {
    return this.invalidatedAt > sequence
  }

  staleSince(sequence: number): number | undefined {
    return this.expiry !== undefined && this.expiry.sequence > sequence ? this.expiry.at : undefined
  }
}

/** Several tags of one or more entries. */
class TagList implements HeldTags {
  readonly tags: readonly Tag[]
  /** Number of entries that have the list. */
  holders = 0

  constructor(tags: readonly Tag[]) {
    this.tags = tags
  }

  get names(): readonly string[] {
    return this.tags.map(({ name }) => name)
  }

  get ownNames(): readonly string[] | undefined {
    if (this.holders > NEW_HOLDERS) return undefined
    return this.tags.flatMap((tag) => tag.ownNames ?? [])
  }

  isInvalidatedAfter(sequence: number): boolean {
    for (const tag of this.tags) if (tag.invalidatedAt > sequence) return true
    return false
  }

  staleSince(sequence: number): number | undefined {
    return earliestOf(this.tags.map((tag) => tag.staleSince(sequence)))
  }
}

export interface TagTableOptions {
  /** Returns the marks of a tag that enters the table. */
  marksOf: (name: string) => TagMarks
  /** Called for a tag that has left the table. */
  onRelease: (name: string, marks: TagMarks) => void
}

export class TagTable {
  readonly #options: TagTableOptions
  #tags = new Map<string, Tag>()

  constructor(options: TagTableOptions) {
    this.#options = options
  }

  /** Number of tags. */
  get size(): number {
    return this.#tags.size
  }

  /** Returns the marks of a tag that an entry has. A caller may change them. */
  find(name: string): TagMarks | undefined {
    return this.#tags.get(name)
  }

  /** Adds an entry with these tags. Returns them as the entry must refer to them, until `release`. */
  hold(names: readonly string[]): HeldTags {
    const [only] = names
    const held = only !== undefined && names.length === 1 ? this.#tagOf(only) : this.#listOf(names)
    held.holders++
    return held
  }

  /** Removes an entry. @param held must come from `hold`, and be released once for each call of it. */
  release(held: HeldTags): void {
    if (held instanceof Tag) this.#releaseTag(held)
    else if (held instanceof TagList && --held.holders === 0) {
      const last = held.tags.at(-1)
      if (last?.lastList === held) last.lastList = undefined
      for (const tag of held.tags) this.#releaseTag(tag)
    }
  }

  /** Removes all entries. `onRelease` is not called. */
  clear(): void {
    this.#tags = new Map()
  }

  #tagOf(name: string): Tag {
    const known = this.#tags.get(name)
    if (known !== undefined) return known
    const tag = new Tag(ownedString(name), this.#options.marksOf(name))
    this.#tags.set(tag.name, tag)
    return tag
  }

  /** Entries that are stored one after the other often have the same tags, and share the list. */
  #listOf(names: readonly string[]): TagList {
    const tags = names.map((name) => this.#tagOf(name))
    const last = tags.at(-1)
    const known = last?.lastList
    if (known !== undefined && isSame(known.tags, tags)) return known
    const list = new TagList(tags)
    for (const tag of tags) tag.holders++
    if (last !== undefined) last.lastList = list
    return list
  }

  #releaseTag(tag: Tag): void {
    if (--tag.holders > 0) return
    const { name } = tag
    if (this.#tags.get(name) === tag) this.#tags.delete(name) // after `clear`, another one may have its place
    this.#options.onRelease(name, tag)
  }
}

/** Returns the lowest of these times; `undefined` if there is none. */
export function earliestOf(times: readonly (number | undefined)[]): number | undefined {
  const earliest = times.reduce<number>((least, time) => Math.min(least, time ?? Infinity), Infinity)
  return earliest === Infinity ? undefined : earliest
}

function isSame(some: readonly Tag[], others: readonly Tag[]): boolean {
  return some.length === others.length && some.every((tag, i) => tag === others[i])
}
