/**
 * Entries as the engine makes them. A cache may hold a million, so an entry has one absolute time and otherwise small integers,
 * which need no heap object of their own on V8, and entries with the same options share one object for them.
 */
import type { Entry, HeldTags } from '../../stores/entry.ts'

/** The options that many entries share: times in ms after the end of freshness, and flags. */
export interface Terms {
  readonly revalidateMs: number
  readonly errorMs: number
  readonly keepMs: number
  readonly mustRevalidate: boolean
  readonly negative: boolean
}

/** The properties of an entry, with times relative to each other. */
export interface EntryParts<T = unknown>
  extends Pick<Entry<T>, 'value' | 'madeAt' | 'tags' | 'bytes' | 'sequence'>,
    Pick<Entry, 'loadMs' | 'remoteId' | 'trustedUntil'> {
  /** Default: `sequence`. */
  checkedAt?: number | undefined
  /** Time from `madeAt` to `freshUntil`, in ms. */
  freshForMs: number
  terms: Terms
}

/** The properties that few entries have: those of a remote tier, and those of a key that was made stale. */
type RareParts = Pick<Entry, 'remoteId' | 'trustedUntil' | 'expiredAt'>

const NO_TAGS: readonly string[] = []

/** `#loadUs` of an entry without a load in this process. */
const NOT_LOADED = -1

export class StoredEntry<T = unknown> implements Entry<T> {
  readonly value: T
  readonly madeAt: number
  readonly bytes: number
  readonly sequence: number
  checkedAt: number
  /** Held by memory, or only their names. */
  #tags: HeldTags | readonly string[]
  readonly #freshForMs: number
  readonly #terms: Terms
  /** Duration of the load in whole microseconds, which is a small integer. */
  readonly #loadUs: number
  #rare: RareParts | undefined

  constructor(parts: EntryParts<T>) {
    const { loadMs, remoteId, trustedUntil } = parts
    this.value = parts.value
    this.madeAt = parts.madeAt
    this.#tags = parts.tags.length === 0 ? NO_TAGS : parts.tags
    this.bytes = parts.bytes
    this.sequence = parts.sequence
    this.checkedAt = parts.checkedAt ?? parts.sequence
    this.#freshForMs = parts.freshForMs
    this.#terms = parts.terms
    this.#loadUs = loadMs === undefined ? NOT_LOADED : Math.round(loadMs * 1000)
    this.#rare = remoteId === undefined && trustedUntil === undefined ? undefined : { remoteId, trustedUntil }
  }

  get tags(): readonly string[] {
    return 'names' in this.#tags ? this.#tags.names : this.#tags
  }

  get heldTags(): HeldTags | undefined {
    return 'names' in this.#tags ? this.#tags : undefined
  }

  set heldTags(held: HeldTags | undefined) {
    this.#tags = held ?? this.tags
  }

  get freshUntil(): number {
    return this.madeAt + this.#freshForMs
  }

  get revalidateUntil(): number {
    return this.freshUntil + this.#terms.revalidateMs
  }

  get errorUntil(): number {
    return this.freshUntil + this.#terms.errorMs
  }

  get keptUntil(): number {
    return this.freshUntil + this.#terms.keepMs
  }

  get mustRevalidate(): boolean {
    return this.#terms.mustRevalidate
  }

  get negative(): boolean {
    return this.#terms.negative
  }

  get loadMs(): number | undefined {
    return this.#loadUs === NOT_LOADED ? undefined : this.#loadUs / 1000
  }

  get remoteId(): string | undefined {
    return this.#rare?.remoteId
  }

  get trustedUntil(): number | undefined {
    return this.#rare?.trustedUntil
  }

  get expiredAt(): number | undefined {
    return this.#rare?.expiredAt
  }

  set expiredAt(time: number | undefined) {
    this.#rare = { ...this.#rare, expiredAt: time }
  }
}

/** Returns the properties of an entry, which a spread of a {@link StoredEntry} would lose. */
export function propertiesOf<T>(entry: Entry<T>): Entry<T> {
  const { value, madeAt, freshUntil, revalidateUntil, errorUntil, keptUntil } = entry
  const { mustRevalidate, tags, negative, bytes, sequence, checkedAt, loadMs, remoteId, trustedUntil } = entry
  return {
    value,
    madeAt,
    freshUntil,
    revalidateUntil,
    errorUntil,
    keptUntil,
    mustRevalidate,
    tags,
    negative,
    bytes,
    sequence,
    ...(checkedAt === undefined ? {} : { checkedAt }),
    loadMs,
    remoteId,
    trustedUntil,
  }
}

/** Makes an entry from the properties of one, for example of one in a remote tier. */
export function storedEntry<T>(entry: Entry<T>, terms: SharedTerms): StoredEntry<T> {
  const { value, madeAt, tags, bytes, sequence, loadMs, remoteId, trustedUntil } = entry
  const { freshUntil, revalidateUntil, errorUntil, keptUntil, mustRevalidate, negative } = entry
  return new StoredEntry({
    value,
    madeAt,
    freshForMs: freshUntil - madeAt,
    terms: terms.of({
      revalidateMs: after(freshUntil, revalidateUntil),
      errorMs: after(freshUntil, errorUntil),
      keepMs: after(freshUntil, keptUntil),
      mustRevalidate,
      negative,
    }),
    tags,
    bytes,
    sequence,
    checkedAt: entry.checkedAt,
    loadMs,
    remoteId,
    trustedUntil,
  })
}

/** Time from one moment to a later one, in ms; 0 if both are infinite. */
function after(from: number, until: number): number {
  return from === until ? 0 : until - from
}

/** Largest number of different terms that are shared. Above it the table is emptied, and later entries share new objects. */
const MAX_TERMS = 256

/** Shares one object among entries with the same terms. */
export class SharedTerms {
  readonly #known = new Map<string, Terms>()
  /** The terms of the last entry: mostly those of the next one. */
  #last: Terms | undefined

  /** Returns the shared object that is equal to `terms`. */
  of(terms: Terms): Terms {
    if (this.#last === undefined || !areEqual(this.#last, terms)) this.#last = this.#find(terms)
    return this.#last
  }

  #find(terms: Terms): Terms {
    const { revalidateMs, errorMs, keepMs, mustRevalidate, negative } = terms
    const key = `${revalidateMs} ${errorMs} ${keepMs} ${mustRevalidate} ${negative}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    if (this.#known.size >= MAX_TERMS) this.#known.clear()
    this.#known.set(key, terms)
    return terms
  }
}

function areEqual(a: Terms, b: Terms): boolean {
  return (
    a.revalidateMs === b.revalidateMs &&
    a.errorMs === b.errorMs &&
    a.keepMs === b.keepMs &&
    a.mustRevalidate === b.mustRevalidate &&
    a.negative === b.negative
  )
}
