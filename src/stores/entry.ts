/** What is kept under a key, in any tier; and its binary form for a remote one. */
import { crc32 } from './crc32.ts'

/** What is kept under a key, in any tier: a value and how long it may be used, in which way. */
export interface Entry<T = unknown> {
  readonly value: T
  /** When the value was made (epoch ms); before the moment it was kept, if it arrived with an age. */
  readonly madeAt: number
  /** Until then (epoch ms) it answers as a hit. */
  readonly freshUntil: number
  /** Until then it answers stale while it is refreshed behind (RFC 5861 §3); never before `freshUntil`. */
  readonly revalidateUntil: number
  /** Until then it answers stale when a load failed (RFC 5861 §4); never before `freshUntil`. */
  readonly errorUntil: number
  /** Until then it is kept, though it may have to be validated, or taken stale by a reader who says so, to answer. */
  readonly keptUntil: number
  /** Never used stale, whatever a reader would accept (RFC 9111 §5.2.2.2). */
  readonly mustRevalidate: boolean
  /** What invalidates it. */
  readonly tags: readonly string[]
  /** An absence (a 404 and its kin): kept apart, so that endless absences cannot push out what exists. */
  readonly negative: boolean
  /** What the value takes in memory, estimated; key, tags and bookkeeping are added by the store. */
  readonly bytes: number
  /** The process's invalidation sequence number when its load started. Invalidations with a higher number are newer. */
  readonly sequence: number
  /** How long its load took here, in ms; unknown when it was written, or came from a remote tier. */
  readonly loadMs?: number
}

/** From then on (epoch ms) the entry can answer nothing any more. */
export function deadFrom(entry: Entry): number {
  return Math.max(entry.freshUntil, entry.revalidateUntil, entry.errorUntil, entry.keptUntil)
}

/** An entry on its way to or from a remote tier: its value as bytes, and when and by whom it was loaded. */
export interface Envelope extends Omit<Entry, 'value' | 'bytes' | 'sequence' | 'loadMs'> {
  /** Which version of the value's schema the payload is of; 0 where there is none. An unsigned 32-bit integer. */
  readonly schemaVersion: number
  /** The clock of `loader` when the load began, in epoch ms with fractions: what was invalidated later is newer. */
  readonly loadedAt: number
  /** Which process loaded it: clocks of two processes need not agree. */
  readonly loader: number
  readonly payload: Uint8Array<ArrayBuffer>
}

/**
 * What bytes are that hold no usable envelope. `corrupt`: not ours, cut, or changed on their way. `outdated`: ours, in
 * another version of the form.
 */
export type Unusable = 'corrupt' | 'outdated'

/*
 * The layout, all numbers big-endian, lengths in bytes:
 *   at 0   2  "HR"
 *      2   1  format, 3
 *      3   4  CRC-32 of all that follows
 *      7   1  flags: 1 mustRevalidate, 2 negative; the others are 0
 *      8   4  schema version
 *     12  48  madeAt, freshUntil, revalidateUntil, errorUntil, keptUntil, loadedAt, each as float64
 *     60   4  loader
 *     64   2  number of tags, then each tag: 2 its length, and as much UTF-8
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

/** The version of the form. Format 1 had neither checksum nor schema version, format 2 no `keptUntil`. */
export const ENVELOPE_FORMAT = 3

/**
 * The bytes of an envelope. `undefined` for what the form cannot hold: more than 65,535 tags, a tag of more bytes than that
 * or with a lone surrogate (UTF-8 has none, so it would come back as another tag), a schema version that is none.
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

/** The envelope in these bytes, or why there is none. Takes any bytes, never throws, and reads nothing beyond them. */
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
  // A checksum is no signature: whoever can write to the store can make one that is right.
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
    payload: new Uint8Array(bytes.subarray(read.end)), // a copy: the client may use its buffer again
  }
}

/** The tags and where they end, or `undefined` when they go beyond the end of the bytes or are no UTF-8. */
function tagsIn(bytes: Uint8Array, view: DataView): { tags: string[]; end: number } | undefined {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }) // a tag may begin with what looks like one
  const tags: string[] = []
  let at = TAGS_AT
  for (let left = view.getUint16(COUNT_AT); left > 0; left--) {
    if (at + 2 > bytes.length) return undefined
    const end = at + 2 + view.getUint16(at)
    if (end > bytes.length) return undefined
    try {
      tags.push(text.decode(bytes.subarray(at + 2, end)))
    } catch {
      return undefined // no UTF-8: told as corrupt
    }
    at = end
  }
  return { tags, end: at }
}
