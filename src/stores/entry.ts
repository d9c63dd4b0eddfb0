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
  /** Never used stale, whatever a reader would accept (RFC 9111 §5.2.2.2). */
  readonly mustRevalidate: boolean
  /** What invalidates it. */
  readonly tags: readonly string[]
  /** An absence (a 404 and its kin): kept apart, so that endless absences cannot push out what exists. */
  readonly negative: boolean
  /** What the value takes in memory, estimated; key, tags and bookkeeping are added by the store. */
  readonly bytes: number
  /** The invalidation sequence of this process when its load began: whatever was invalidated since is newer. */
  readonly born: number
}

/** From then on (epoch ms) the entry can answer nothing any more. */
export function deadFrom(entry: Entry): number {
  return Math.max(entry.freshUntil, entry.revalidateUntil, entry.errorUntil)
}

/** An entry on its way to or from a remote tier: its value as bytes, and when and by whom it was loaded. */
export interface Envelope extends Omit<Entry, 'value' | 'bytes' | 'born'> {
  /** The clock of `loader` when the load began, in epoch ms with fractions: what was invalidated later is newer. */
  readonly loadedAt: number
  /** Which process loaded it: clocks of two processes need not agree. */
  readonly loader: number
  readonly payload: Uint8Array<ArrayBuffer>
}

/*
 * The layout, all numbers big-endian:
 *   2 bytes  "HR"        1 byte  format, 1       1 byte  flags: 1 mustRevalidate, 2 negative
 *   5 x 8    madeAt, freshUntil, revalidateUntil, errorUntil, loadedAt, as float64
 *   4        loader      2       number of tags  then each tag: 2 bytes length, UTF-8
 *   the rest is the payload
 */
const MAGIC = 0x4852
const FORMAT = 1
const MUST_REVALIDATE = 1
const NEGATIVE = 2
const TIMES_AT = 4
const LOADER_AT = TIMES_AT + 5 * 8
const TAGS_AT = LOADER_AT + 4 + 2
const MAX_UINT16 = 0xffff

/** The bytes of an envelope, or `undefined` when it has more tags, or a longer one, than the form can hold. */
export function encodeEnvelope(envelope: Envelope): Uint8Array<ArrayBuffer> | undefined {
  const tags = envelope.tags.map((tag) => new TextEncoder().encode(tag))
  if (tags.length > MAX_UINT16 || tags.some(({ length }) => length > MAX_UINT16)) return undefined
  const tagBytes = tags.reduce((sum, { length }) => sum + 2 + length, 0)
  const bytes = new Uint8Array(TAGS_AT + tagBytes + envelope.payload.length)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, MAGIC)
  view.setUint8(2, FORMAT)
  view.setUint8(3, (envelope.mustRevalidate ? MUST_REVALIDATE : 0) | (envelope.negative ? NEGATIVE : 0))
  const { madeAt, freshUntil, revalidateUntil, errorUntil, loadedAt } = envelope
  for (const [i, time] of [madeAt, freshUntil, revalidateUntil, errorUntil, loadedAt].entries()) {
    view.setFloat64(TIMES_AT + 8 * i, time)
  }
  view.setUint32(LOADER_AT, envelope.loader)
  view.setUint16(LOADER_AT + 4, tags.length)
  let at = TAGS_AT
  for (const tag of tags) {
    view.setUint16(at, tag.length)
    bytes.set(tag, at + 2)
    at += 2 + tag.length
  }
  bytes.set(envelope.payload, at)
  return bytes
}

/** The envelope in these bytes, or `undefined` when they are none of ours, of another format, or cut. Never throws. */
export function decodeEnvelope(bytes: Uint8Array): Envelope | undefined {
  if (bytes.length < TAGS_AT) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint16(0) !== MAGIC || view.getUint8(2) !== FORMAT) return undefined
  const time = (i: number) => view.getFloat64(TIMES_AT + 8 * i)
  const times = [time(0), time(1), time(2), time(3), time(4)]
  if (times.some((ms) => Number.isNaN(ms))) return undefined

  const tags: string[] = []
  let at = TAGS_AT
  for (let left = view.getUint16(LOADER_AT + 4); left > 0; left--) {
    if (at + 2 > bytes.length) return undefined
    const end = at + 2 + view.getUint16(at)
    if (end > bytes.length) return undefined
    tags.push(new TextDecoder().decode(bytes.subarray(at + 2, end)))
    at = end
  }
  const flags = view.getUint8(3)
  return {
    madeAt: time(0),
    freshUntil: time(1),
    revalidateUntil: time(2),
    errorUntil: time(3),
    loadedAt: time(4),
    loader: view.getUint32(LOADER_AT),
    mustRevalidate: (flags & MUST_REVALIDATE) !== 0,
    negative: (flags & NEGATIVE) !== 0,
    tags,
    payload: new Uint8Array(bytes.subarray(at)), // a copy: the client may use its buffer again
  }
}
