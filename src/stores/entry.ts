/** Entries of both tiers, and their format in a remote tier. */
import { crc32 } from './crc32.ts'

/** Tags of entries in memory, with the last invalidation of each. The engine makes them; stores leave them alone. */
export interface HeldTags {
  /** A new array at each call. */
  readonly names: readonly string[]
  /** The tags that no other entry has; `undefined` if other entries have this list of tags. A replaced entry does not count. */
  readonly ownNames: readonly string[] | undefined
  /** Returns true if one of the tags was invalidated after this sequence number. */
  isInvalidatedAfter(sequence: number): boolean
  /** Returns the time since which the entries are stale, if one of the tags was made stale after this sequence number. */
  staleSince(sequence: number): number | undefined
}

/**
 * A stored value and the times until which it may be used. The engine changes the fields that are not `readonly` while memory has the
 * entry.
 */
export interface Entry<T = unknown> {
  readonly value: T
  /** Time at which the value was made, epoch ms. It is before the time of storing if the value already had an age. */
  readonly madeAt: number
  /** Time until which the entry is served as a hit, epoch ms. */
  readonly freshUntil: number
  /**
   * Time until which the entry is served stale during a background refresh (RFC 5861 §3), epoch ms; never before `freshUntil`.
   */
  readonly revalidateUntil: number
  /** Time until which the entry is served stale after a failed load (RFC 5861 §4), epoch ms; never before `freshUntil`. */
  readonly errorUntil: number
  /** Time until which the entry is stored for revalidation and for readers that accept it stale, epoch ms. */
  readonly keptUntil: number
  /** True if the entry is never served stale, not even to a reader that would accept it (RFC 9111 §5.2.2.2). */
  readonly mustRevalidate: boolean
  /** Tags that invalidate the entry. */
  readonly tags: readonly string[]
  /** True if the engine can compute further tags of the entry from its key. In a remote tier, these are among `tags`. */
  readonly derivesTags?: boolean | undefined
  /**
   * True if the entry means that something does not exist, such as a 404, or is of another kind that clients can request in any
   * number. It is stored separately, so that it never evicts an entry that is not negative.
   */
  readonly negative: boolean
  /** Estimated memory of the value; the store adds key, tags and bookkeeping. */
  readonly bytes: number
  /** The process's invalidation sequence number when its load started. Invalidations with a higher number are newer. */
  readonly sequence: number
  /**
   * Number of the last invalidation that memory has compared with the entry, so that each hit does not compare all tags again.
   * Default: `sequence`.
   */
  checkedAt?: number
  /** The tags, while memory has the entry; absent if there are none. */
  heldTags?: HeldTags | undefined
  /** Time at which the key was made stale while memory had the entry, epoch ms. */
  expiredAt?: number | undefined
  /** Duration of the load in this process, in ms; absent if the value was written or came from a remote tier. */
  readonly loadMs?: number | undefined
  /** Identifies the value in the remote tier; absent if it is not stored there, or the tier has not confirmed it yet. */
  readonly remoteId?: string | undefined
  /**
   * Time until which memory may serve the entry without asking the remote tier, epoch ms. Default: as long as invalidations of
   * other processes arrive.
   */
  readonly trustedUntil?: number | undefined
}

/** Returns the time from which the entry is of no use, epoch ms. */
export function deadFrom(entry: Entry): number {
  return Math.max(entry.freshUntil, entry.revalidateUntil, entry.errorUntil, entry.keptUntil)
}

/** Returns the time until which the value is served as a hit or, during a background refresh, stale; epoch ms. */
export function usableUntil({ freshUntil, revalidateUntil }: Entry): number {
  return Math.max(freshUntil, revalidateUntil)
}

/** An entry as it is stored in a remote tier: its value as bytes. */
export interface Envelope
  extends Omit<
    Entry,
    | 'value'
    | 'derivesTags'
    | 'bytes'
    | 'sequence'
    | 'checkedAt'
    | 'heldTags'
    | 'expiredAt'
    | 'loadMs'
    | 'remoteId'
    | 'trustedUntil'
  > {
  /** Version of the value's schema, an unsigned 32-bit integer; 0 without a schema. */
  readonly schemaVersion: number
  readonly payload: Uint8Array<ArrayBuffer>
}

/**
 * Reasons why bytes hold no usable envelope. `corrupt`: foreign, truncated or altered bytes. `outdated`: another version of the
 * format.
 */
export type Unusable = 'corrupt' | 'outdated'

/*
 * The format: one line of ASCII, then the payload. A payload of text makes the whole envelope text, which stores and their
 * clients handle best.
 *   HR4 <CRC-32 of all bytes after it and its space, 8 hexadecimal digits> <JSON array>\n<payload>
 * The array holds: schema version, flags (1 mustRevalidate, 2 negative), madeAt, freshUntil, revalidateUntil, errorUntil,
 * keptUntil (null: without end), then the tags. So an entry takes about 110 bytes, the tags and the payload.
 */
const MAGIC = 'HR'
const CRC_AT = 4
const HEAD_AT = 13
const LINE_FEED = 0x0a
const START = /^HR(\d) ([0-9a-f]{8}) /
const MUST_REVALIDATE = 1
const NEGATIVE = 2
const MAX_UINT32 = 0xffffffff

/** Version of the format, one digit. */
export const ENVELOPE_FORMAT = 4

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Encodes an envelope. Returns `undefined` if the schema version is not valid. */
export function encodeEnvelope(envelope: Envelope): Uint8Array<ArrayBuffer> | undefined {
  const { schemaVersion, madeAt, freshUntil, revalidateUntil, errorUntil, keptUntil, tags, payload } =
    envelope
  if (!isUint32(schemaVersion)) return undefined
  const flags = (envelope.mustRevalidate ? MUST_REVALIDATE : 0) | (envelope.negative ? NEGATIVE : 0)
  const times = [madeAt, freshUntil, revalidateUntil, errorUntil, keptUntil]
  const head = JSON.stringify([schemaVersion, flags, ...times, ...tags]) // Infinity becomes null
  const start = `${MAGIC}${ENVELOPE_FORMAT} 00000000 `
  const line = encoder.encode(`${start}${head}\n`)
  const bytes = new Uint8Array(line.length + payload.length)
  bytes.set(line)
  bytes.set(payload, line.length)
  const crc = crc32(bytes.subarray(HEAD_AT)).toString(16).padStart(8, '0')
  for (let i = 0; i < 8; i++) bytes[CRC_AT + i] = crc.charCodeAt(i)
  return bytes
}

/** Decodes any bytes, and never throws. Returns the reason if they hold no usable envelope. */
export function decodeEnvelope(bytes: Uint8Array<ArrayBuffer>): Envelope | Unusable {
  const end = bytes.indexOf(LINE_FEED)
  const line = decoder.decode(bytes.subarray(0, end < 0 ? HEAD_AT : end))
  const match = START.exec(line)
  if (match === null) return 'corrupt'
  if (match[1] !== `${ENVELOPE_FORMAT}`) return 'outdated'
  if (end < 0 || Number.parseInt(match[2] ?? '', 16) !== crc32(bytes.subarray(HEAD_AT))) return 'corrupt'
  // The checksum is no signature: anyone who can write to the store can forge it, so the fields are checked as well.
  const head = parsed(line.slice(HEAD_AT))
  // Copied: `bytes` may be part of a client's larger buffer, which a value in memory would otherwise keep.
  return head === undefined ? 'corrupt' : { ...head, payload: bytes.slice(end + 1) }
}

/** Returns the fields of a header line; `undefined` if one of them is not valid. */
function parsed(json: string): Omit<Envelope, 'payload'> | undefined {
  const fields = parsedArray(json)
  const [schemaVersion, flags, ...rest] = fields
  const times = rest.slice(0, 5).map((time) => (time === null ? Infinity : time))
  const tags = rest.slice(5)
  if (!isUint32(schemaVersion) || !isUint32(flags) || flags > (MUST_REVALIDATE | NEGATIVE)) return undefined
  if (times.length < 5 || !times.every(isTime) || !tags.every(isString)) return undefined
  const [madeAt = 0, freshUntil = 0, revalidateUntil = 0, errorUntil = 0, keptUntil = 0] = times
  if (freshUntil > Math.min(revalidateUntil, errorUntil, keptUntil)) return undefined
  return {
    schemaVersion,
    madeAt,
    freshUntil,
    revalidateUntil,
    errorUntil,
    keptUntil,
    mustRevalidate: (flags & MUST_REVALIDATE) !== 0,
    negative: (flags & NEGATIVE) !== 0,
    tags,
  }
}

function parsedArray(json: string): unknown[] {
  try {
    const value: unknown = JSON.parse(json)
    return Array.isArray(value) ? value : []
  } catch {
    return [] // reported as corrupt, because the fields are missing
  }
}

function isUint32(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_UINT32
}

/** A number below the range is read as -Infinity, which no entry has, and which could not be written again. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && value > -Infinity
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}
