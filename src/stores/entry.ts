/** Entries of both tiers, and their binary format in a remote tier. */
import { crc32 } from './crc32.ts'

/** A stored value and the times until which it may be used. */
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
  /**
   * True if the entry means that something does not exist, such as a 404. It is stored separately, so that it never evicts an
   * entry that exists.
   */
  readonly negative: boolean
  /** Estimated memory of the value; the store adds key, tags and bookkeeping. */
  readonly bytes: number
  /** The process's invalidation sequence number when its load started. Invalidations with a higher number are newer. */
  readonly sequence: number
  /** Duration of the load in this process, in ms; absent if the value was written or came from a remote tier. */
  readonly loadMs?: number
}

/** Returns the time from which the entry is of no use, epoch ms. */
export function deadFrom(entry: Entry): number {
  return Math.max(entry.freshUntil, entry.revalidateUntil, entry.errorUntil, entry.keptUntil)
}

/** An entry as it is stored in a remote tier: its value as bytes, with the time and process of its load. */
export interface Envelope extends Omit<Entry, 'value' | 'bytes' | 'sequence' | 'loadMs'> {
  /** Version of the value's schema, an unsigned 32-bit integer; 0 without a schema. */
  readonly schemaVersion: number
  /**
   * Start of the load, epoch ms with fractions, on the clock of the process `loader`. Later invalidations are newer than the
   * value.
   */
  readonly loadedAt: number
  /** Identifies the process that loaded the value, because the clocks of two processes may differ. */
  readonly loader: number
  readonly payload: Uint8Array<ArrayBuffer>
}

/**
 * Reasons why bytes hold no usable envelope. `corrupt`: foreign, truncated or altered bytes. `outdated`: another version of the
 * binary format.
 */
export type Unusable = 'corrupt' | 'outdated'

/*
 * The binary format: position, length in bytes, content. All numbers are big-endian.
 *   at 0   2  "HR"
 *      2   1  format, 3
 *      3   4  CRC-32 of all that follows
 *      7   1  flags: 1 mustRevalidate, 2 negative; the others are 0
 *      8   4  schema version
 *     12  48  madeAt, freshUntil, revalidateUntil, errorUntil, keptUntil, loadedAt, each as float64
 *     60   4  loader
 *     64   2  number of tags, then for each tag 2 bytes with its length, and the tag in UTF-8
 *   the rest is the payload
 * So an entry takes 66 bytes, 2 for each tag, the tags, and the payload.
 */
const MAGIC = 0x4852
const CRC_AT = 3
const FLAGS_AT = 7
const SCHEMA_AT = 8
const TIMES_AT = 12
const LOADER_AT = 60
const COUNT_AT = 64
const TAGS_AT = 66
const MUST_REVALIDATE = 1
const NEGATIVE = 2
const MAX_UINT16 = 0xffff
const MAX_UINT32 = 0xffffffff

/** Version of the binary format. Version 1 had neither checksum nor schema version, and version 2 had no `keptUntil`. */
export const ENVELOPE_FORMAT = 3

/**
 * Encodes an envelope. Returns `undefined` if the format cannot hold it: more than 65,535 tags, a tag of more than 65,535
 * bytes, a tag with a lone surrogate (UTF-8 cannot encode it, so another tag would be decoded), or an invalid schema version.
 */
export function encodeEnvelope(envelope: Envelope): Uint8Array<ArrayBuffer> | undefined {
  const { schemaVersion, madeAt, freshUntil, revalidateUntil, errorUntil, keptUntil, loadedAt } = envelope
  if (!Number.isInteger(schemaVersion) || schemaVersion < 0 || schemaVersion > MAX_UINT32) return undefined
  if (envelope.tags.some((tag) => !tag.isWellFormed())) return undefined
  const tags = envelope.tags.map((tag) => new TextEncoder().encode(tag))
  if (tags.length > MAX_UINT16 || tags.some(({ length }) => length > MAX_UINT16)) return undefined
  const tagBytes = tags.reduce((sum, { length }) => sum + 2 + length, 0)
  const bytes = new Uint8Array(TAGS_AT + tagBytes + envelope.payload.length)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, MAGIC)
  view.setUint8(2, ENVELOPE_FORMAT)
  view.setUint8(
    FLAGS_AT,
    (envelope.mustRevalidate ? MUST_REVALIDATE : 0) | (envelope.negative ? NEGATIVE : 0),
  )
  view.setUint32(SCHEMA_AT, schemaVersion)
  const times = [madeAt, freshUntil, revalidateUntil, errorUntil, keptUntil, loadedAt]
  for (const [i, time] of times.entries()) view.setFloat64(TIMES_AT + 8 * i, time)
  view.setUint32(LOADER_AT, envelope.loader)
  view.setUint16(COUNT_AT, tags.length)
  let at = TAGS_AT
  for (const tag of tags) {
    view.setUint16(at, tag.length)
    bytes.set(tag, at + 2)
    at += 2 + tag.length
  }
  bytes.set(envelope.payload, at)
  view.setUint32(CRC_AT, crc32(bytes.subarray(FLAGS_AT)))
  return bytes
}

/** Decodes any bytes, and never throws. Returns the reason if they hold no usable envelope. */
export function decodeEnvelope(bytes: Uint8Array): Envelope | Unusable {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 3 || view.getUint16(0) !== MAGIC) return 'corrupt'
  if (view.getUint8(2) !== ENVELOPE_FORMAT) return 'outdated'
  if (bytes.length < TAGS_AT || view.getUint32(CRC_AT) !== crc32(bytes.subarray(FLAGS_AT))) return 'corrupt'
  const flags = view.getUint8(FLAGS_AT)
  const time = (i: number) => view.getFloat64(TIMES_AT + 8 * i)
  const times = {
    madeAt: time(0),
    freshUntil: time(1),
    revalidateUntil: time(2),
    errorUntil: time(3),
    keptUntil: time(4),
    loadedAt: time(5),
  }
  // The checksum is no signature: anyone who can write to the store can forge it, so the fields are checked as well.
  if (flags > (MUST_REVALIDATE | NEGATIVE) || Object.values(times).some(Number.isNaN)) return 'corrupt'
  if (times.freshUntil > Math.min(times.revalidateUntil, times.errorUntil, times.keptUntil)) return 'corrupt'
  const read = tagsIn(bytes, view)
  if (read === undefined) return 'corrupt'
  return {
    ...times,
    schemaVersion: view.getUint32(SCHEMA_AT),
    loader: view.getUint32(LOADER_AT),
    mustRevalidate: (flags & MUST_REVALIDATE) !== 0,
    negative: (flags & NEGATIVE) !== 0,
    tags: read.tags,
    payload: new Uint8Array(bytes.subarray(read.end)), // copied, because the client may reuse its buffer
  }
}

/** Returns the tags and the position after them; `undefined` if they exceed the bytes or are not UTF-8. */
function tagsIn(bytes: Uint8Array, view: DataView): { tags: string[]; end: number } | undefined {
  // The option ignoreBOM keeps a byte order mark at the start of a tag.
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const tags: string[] = []
  let at = TAGS_AT
  for (let left = view.getUint16(COUNT_AT); left > 0; left--) {
    if (at + 2 > bytes.length) return undefined
    const end = at + 2 + view.getUint16(at)
    if (end > bytes.length) return undefined
    try {
      tags.push(text.decode(bytes.subarray(at + 2, end)))
    } catch {
      return undefined // not UTF-8: reported as corrupt
    }
    at = end
  }
  return { tags, end: at }
}
