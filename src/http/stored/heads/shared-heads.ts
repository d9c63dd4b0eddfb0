/**
 * The parts of stored responses that the responses of a route have in common: status, names of headers, and the values of most.
 * Each such set exists once, so that a stored response needs memory only for its body and for the values that are its own.
 */
import { heapModelOf } from '../../../heap/heap-model.ts'
import { createBoundedMap } from '../../bounded-map.ts'
import { APPENDED_TO } from '../../fields/internal-headers.ts'
import type { SelectingHeaders } from '../../fields/vary.ts'
import { bytesOfRecord, bytesOfText } from './heap-bytes.ts'
import type { StoredHeaders } from './stored-headers.ts'

/** The parts of a head. */
export interface HeadParts {
  readonly status: number
  /** Headers sent with every response. */
  readonly headers: StoredHeaders
  /** Headers for this cache only. They are never sent. */
  readonly internal: StoredHeaders
  readonly cookies: readonly string[]
  /** The request headers that select this response; `undefined` without `Vary`. */
  readonly selecting: SelectingHeaders | undefined
  /** True if hitrate generated the entity tag. Only hitrate has this tag, so the handler cannot compare it. */
  readonly hasGeneratedEtag: boolean
}

/** A head without the values of headers that mostly differ from response to response: these are empty strings. */
export interface SharedHead extends HeadParts {
  /** Names of headers whose stored value is appended to the value from outer middleware. */
  readonly appendedHeaders: readonly string[]
  /** Memory of the head, in bytes. */
  readonly bytes: number
  /** Number of dated heads that were made of the head. */
  users: number
}

/** A head with its `Date`, which the responses of a second share. */
export interface DatedHead {
  readonly head: SharedHead
  readonly date: string | undefined
  /** Number of stored responses that were made with the head and the date. */
  users: number
}

/** Headers whose values mostly differ from response to response. */
export const OWN_HEADERS: ReadonlySet<string> = new Set([
  'etag',
  'date',
  'content-length',
  'last-modified',
  'expires',
  'content-location',
  'cache-tag',
])

/** Limits of the table: a few heads per route are usual, but values that clients choose may make more. */
const MAX_HEADS = 1024
const MAX_LENGTH = 256 * 1024

export class SharedHeads {
  readonly #heads = createBoundedMap<SharedHead>({ maxLength: MAX_LENGTH, maxEntries: MAX_HEADS })
  /** The last head: mostly that of the next response. */
  #last: DatedHead | undefined
  #date = ''
  #dateSecond = NaN

  /** Returns the head that is equal to these parts, apart from the values of {@link OWN_HEADERS}, and their date. */
  of(parts: HeadParts): DatedHead {
    let dated = this.#last
    const { date } = parts.headers
    const isSame = dated !== undefined && isHeadOf(dated.head, parts)
    if (dated === undefined || !isSame || dated.date !== date) {
      const head = dated !== undefined && isSame ? dated.head : this.#find(parts)
      head.users++
      dated = { head, date, users: 0 }
      this.#last = dated
    }
    dated.users++
    return dated
  }

  /** Returns the value of `Date` for a time (epoch ms). The responses of one second share the string. */
  dateAt(now: number): string {
    const second = Math.floor(now / 1000)
    if (second !== this.#dateSecond) {
      this.#dateSecond = second
      this.#date = new Date(now).toUTCString()
    }
    return this.#date
  }

  #find(parts: HeadParts): SharedHead {
    const { status, cookies, selecting, hasGeneratedEtag } = parts
    const headers = withoutOwnValues(parts.headers)
    const internal = withoutOwnValues(parts.internal)
    // Pairs, because JSON leaves out a property whose value is `undefined`.
    const selected = selecting && Object.entries(selecting)
    const key = JSON.stringify([status, headers, internal, cookies, selected, hasGeneratedEtag])
    const known = this.#heads.get(key)
    if (known !== undefined) return known
    const appendedHeaders = internal[APPENDED_TO]?.split(',') ?? NO_NAMES
    const shared = { status, headers, internal, cookies, selecting, hasGeneratedEtag, appendedHeaders }
    const head: SharedHead = { ...shared, bytes: bytesOf(shared), users: 0 }
    if (key.length <= MAX_LENGTH / 16) this.#heads.set(key, head)
    return head
  }
}

const NO_NAMES: readonly string[] = []

const heap = heapModelOf()

const DATED_BYTES = heap.object(3) + bytesOfText('Sun, 22 Nov 2026 12:00:00 GMT')

/** The part of a head's memory that counts for one of the responses that share it, in bytes. */
export function shareOf({ head, users }: DatedHead): number {
  return Math.ceil((DATED_BYTES + head.bytes / head.users) / users)
}

/** The names of headers count too, because a head that is not shared has names of its own. */
function bytesOf({ headers, internal, cookies, selecting = {} }: HeadParts): number {
  const records = [headers, internal, selecting].map(bytesOfRecord)
  const texts = cookies.map(bytesOfText)
  return [...records, ...texts].reduce(
    (sum, bytes) => sum + bytes,
    heap.object(9) + heap.array(cookies.length),
  )
}

function withoutOwnValues(headers: StoredHeaders): StoredHeaders {
  const shared: Record<string, string> = {}
  for (const name in headers) shared[name] = OWN_HEADERS.has(name) ? '' : (headers[name] ?? '')
  return shared
}

function isHeadOf(head: SharedHead, parts: HeadParts): boolean {
  return (
    head.status === parts.status &&
    head.hasGeneratedEtag === parts.hasGeneratedEtag &&
    areLike(head.headers, parts.headers) &&
    areLike(head.internal, parts.internal) &&
    areEqualLists(head.cookies, parts.cookies) &&
    areEqual(head.selecting, parts.selecting)
  )
}

/** True if the names, and the values of headers that are shared, are equal. */
function areLike(shared: StoredHeaders, headers: StoredHeaders): boolean {
  let names = 0
  for (const name in headers) {
    const value = shared[name]
    if (value === undefined || (!OWN_HEADERS.has(name) && value !== headers[name])) return false
    names++
  }
  for (const _ in shared) names--
  return names === 0
}

function areEqualLists(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, i) => text === other[i])
}

function areEqual(one: SelectingHeaders | undefined, other: SelectingHeaders | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && one[name] === other[name])
  )
}
