/**
 * Entries as the engine makes them. A cache may hold a million, so entries with the same options share one object for them, and
 * times are small integers relative to it: V8 needs a heap object of its own for each larger number.
 */
import type { Entry, HeldTags } from '../../stores/entry.ts'

/** Properties that many entries share: times in ms after the end of freshness, and flags. */
export interface Terms {
  /** Start of the period in which the entries were made, epoch ms. */
  readonly since: number
  readonly revalidateMs: number
  readonly errorMs: number
  readonly keepMs: number
  readonly mustRevalidate: boolean
  readonly negative: boolean
  readonly derivesTags: boolean
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

/** Tags that memory holds, or only their names. */
type Tags = HeldTags | readonly string[] | undefined

/** The properties that few entries have: those of a remote tier, and those of a key that was made stale. */
class Rare {
  tags: Tags
  readonly remoteId: string | undefined
  readonly trustedUntil: number | undefined
  expiredAt: number | undefined

  constructor(tags: Tags, remoteId?: string, trustedUntil?: number) {
    this.tags = tags
    this.remoteId = remoteId
    this.trustedUntil = trustedUntil
    this.expiredAt = undefined
  }
}

/** The numbers of an entry that was compared with invalidations after its load began. */
interface Checks {
  readonly sequence: number
  checkedAt: number
}

const NO_TAGS: readonly string[] = []

/** `#loadUs` of an entry without a load in this process. */
const NOT_LOADED = -1

/** Each property counts: with eight, an entry takes 88 bytes on V8 and 80 on JavaScriptCore, which needs 112 for nine. */
export class StoredEntry<T = unknown> implements Entry<T> {
  readonly value: T
  readonly bytes: number
  /** `sequence` and `checkedAt` while they are equal. */
  #checks: Checks | number
  #tags: Tags | Rare
  /** Time from `#terms.since` to `madeAt`, in ms. */
  readonly #madeAfterMs: number
  readonly #freshForMs: number
  readonly #terms: Terms
  /** Duration of the load in whole microseconds, which is a small integer. */
  readonly #loadUs: number

  constructor(parts: EntryParts<T>) {
    const { sequence, checkedAt = sequence, loadMs, remoteId, trustedUntil } = parts
    const tags = parts.tags.length === 0 ? undefined : parts.tags
    const isRare = remoteId !== undefined || trustedUntil !== undefined
    this.value = parts.value
    this.bytes = parts.bytes
    this.#checks = checkedAt === sequence ? sequence : { sequence, checkedAt }
    this.#tags = isRare ? new Rare(tags, remoteId, trustedUntil) : tags
    this.#madeAfterMs = parts.madeAt - parts.terms.since
    this.#freshForMs = parts.freshForMs
    this.#terms = parts.terms
    this.#loadUs = loadMs === undefined ? NOT_LOADED : Math.round(loadMs * 1000)
  }

  get sequence(): number {
    return typeof this.#checks === 'number' ? this.#checks : this.#checks.sequence
  }

  get checkedAt(): number {
    return typeof this.#checks === 'number' ? this.#checks : this.#checks.checkedAt
  }

  set checkedAt(checkedAt: number) {
    if (typeof this.#checks === 'object') this.#checks.checkedAt = checkedAt
    else if (this.#checks !== checkedAt) this.#checks = { sequence: this.#checks, checkedAt }
  }

  get tags(): readonly string[] {
    const tags = this.#ownTags
    if (tags === undefined) return NO_TAGS
    return isHeld(tags) ? tags.names : tags
  }

  get heldTags(): HeldTags | undefined {
    const tags = this.#ownTags
    return tags !== undefined && isHeld(tags) ? tags : undefined
  }

  set heldTags(held: HeldTags | undefined) {
    const tags = held ?? (this.#ownTags === undefined ? undefined : this.tags)
    if (this.#tags instanceof Rare) this.#tags.tags = tags
    else this.#tags = tags
  }

  get #ownTags(): Tags {
    return this.#tags instanceof Rare ? this.#tags.tags : this.#tags
  }

  get madeAt(): number {
    return this.#terms.since + this.#madeAfterMs
  }

  get freshUntil(): number {
    return this.#terms.since + this.#madeAfterMs + this.#freshForMs
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

  get derivesTags(): boolean {
    return this.#terms.derivesTags
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
    const rare = this.#rare ?? new Rare(this.#ownTags)
    rare.expiredAt = time
    this.#tags = rare
  }

  get #rare(): Rare | undefined {
    return this.#tags instanceof Rare ? this.#tags : undefined
  }
}

function isHeld(tags: HeldTags | readonly string[]): tags is HeldTags {
  return 'names' in tags
}

/** Returns the properties of an entry, which a spread of a {@link StoredEntry} would lose. */
export function propertiesOf<T>(entry: Entry<T>): Entry<T> {
  const { value, madeAt, freshUntil, revalidateUntil, errorUntil, keptUntil } = entry
  const { mustRevalidate, tags, derivesTags, negative, bytes, sequence, checkedAt } = entry
  const { loadMs, remoteId, trustedUntil } = entry
  return {
    value,
    madeAt,
    freshUntil,
    revalidateUntil,
    errorUntil,
    keptUntil,
    mustRevalidate,
    tags,
    derivesTags,
    negative,
    bytes,
    sequence,
    ...(checkedAt === undefined ? {} : { checkedAt }),
    loadMs,
    remoteId,
    trustedUntil,
  }
}

/** Length of the period of {@link Terms.since}, in ms: 12 days, below the limit of small integers. */
const PERIOD_MS = 2 ** 30

/** Makes an entry from the properties of one, for example of one in a remote tier. */
export function storedEntry<T>(entry: Entry<T>, terms: SharedTerms): StoredEntry<T> {
  const { value, madeAt, tags, bytes, sequence, loadMs, remoteId, trustedUntil } = entry
  const { freshUntil, revalidateUntil, errorUntil, keptUntil, mustRevalidate, negative } = entry
  return new StoredEntry({
    value,
    madeAt,
    freshForMs: freshUntil - madeAt,
    terms: terms.of({
      madeAt,
      revalidateMs: after(freshUntil, revalidateUntil),
      errorMs: after(freshUntil, errorUntil),
      keepMs: after(freshUntil, keptUntil),
      mustRevalidate,
      negative,
      derivesTags: entry.derivesTags ?? false,
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

  /** Returns the shared object for entries with these terms that were made in the period of `madeAt`. */
  of(wanted: Omit<Terms, 'since'> & Pick<Entry, 'madeAt'>): Terms {
    const last = this.#last
    const since = Math.floor(wanted.madeAt / PERIOD_MS) * PERIOD_MS
    if (last !== undefined && last.since === since && areEqual(last, wanted)) return last
    const { madeAt: _, ...spans } = wanted
    this.#last = this.#find({ since, ...spans })
    return this.#last
  }

  #find(terms: Terms): Terms {
    const { since, revalidateMs, errorMs, keepMs, mustRevalidate, negative, derivesTags } = terms
    const key = `${[since, revalidateMs, errorMs, keepMs, mustRevalidate, negative, derivesTags]}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    if (this.#known.size >= MAX_TERMS) this.#known.clear()
    this.#known.set(key, terms)
    return terms
  }
}

function areEqual(a: Omit<Terms, 'since'>, b: Omit<Terms, 'since'>): boolean {
  return (
    a.revalidateMs === b.revalidateMs &&
    a.errorMs === b.errorMs &&
    a.keepMs === b.keepMs &&
    a.mustRevalidate === b.mustRevalidate &&
    a.negative === b.negative &&
    a.derivesTags === b.derivesTags
  )
}
