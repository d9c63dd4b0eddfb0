/** Writes Protocol Buffers' wire format (https://protobuf.dev/programming-guides/encoding/), as much of it as we need. */

/** Writes fields one after the other; numbers are whole and exact to 2^53. */
export type ProtobufWriter = {
  /** A field of type uint64, uint32, int64, int32 or an enum. */
  varint(field: number, value: number): void
  /** A field of type sint64 or sint32. */
  zigzag(field: number, value: number): void
  /** A repeated field of type sint64 or sint32, packed; nothing when there is no value. */
  zigzags(field: number, values: readonly number[]): void
  double(field: number, value: number): void
  string(field: number, value: string): void
  /** A message in a field: whatever `write` writes. */
  message(field: number, write: () => void): void
  /** A message of a stream: its length, then whatever `write` writes. */
  delimited(write: () => void): void
  /** What has been written. The writer is not to be used after this. */
  finish(): Uint8Array<ArrayBuffer>
}

const wireTypes = { varint: 0, double: 1, delimited: 2 } as const

export function createProtobufWriter(): ProtobufWriter {
  let bytes = new Uint8Array(64 * 1024)
  let view = new DataView(bytes.buffer)
  let at = 0

  /** Every write begins with this: `count` bytes from `at` on may then be set. */
  function reserve(count: number): void {
    if (at + count <= bytes.length) return
    const grown = new Uint8Array(Math.max(2 * bytes.length, at + count))
    grown.set(bytes)
    bytes = grown
    view = new DataView(bytes.buffer)
  }

  function tag(field: number, wireType: number): void {
    unsigned(field * 8 + wireType)
  }

  function unsigned(value: number): void {
    reserve(10)
    let rest = value
    // Not by shifting: that would cut it to 32 bits.
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 0x80
    bytes[at++] = rest
  }

  /** In two's complement of 64 bits: nine times seven bits, and the last one. */
  function negative(value: number): void {
    reserve(10)
    let rest = value
    for (let i = 0; i < 9; i++, rest = Math.floor(rest / 128)) bytes[at++] = (128 + (rest % 128)) | 0x80
    bytes[at++] = 1
  }

  function zigzagged(value: number): void {
    // 0, -1, 1, -2 … become 0, 1, 2, 3 …; the lowest seven bits go first, as twice the number may be above 2^53.
    const sign = value < 0 ? 1 : 0
    const half = sign === 1 ? -value - 1 : value
    const low = (half % 64) * 2 + sign
    const high = Math.floor(half / 64)
    reserve(10)
    bytes[at++] = high > 0 ? low | 0x80 : low
    if (high > 0) unsigned(high)
  }

  /** Keeps a byte free for the length of what follows. */
  function begin(): number {
    reserve(1)
    return ++at
  }

  /** Puts the length of what was written before it; that moves when a byte is not enough. */
  function end(start: number): void {
    const length = at - start
    let more = 0
    for (let rest = length; rest > 0x7f; rest = Math.floor(rest / 128)) more++
    reserve(more)
    if (more > 0) bytes.copyWithin(start + more, start, at)
    at = start - 1
    unsigned(length)
    at += length
  }

  function delimited(write: () => void): void {
    const start = begin()
    write()
    end(start)
  }

  function characters(text: string): void {
    reserve(3 * text.length)
    const start = at
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) {
        at = start + encoder.encodeInto(text, bytes.subarray(start)).written
        return
      }
      bytes[at++] = code
    }
  }

  return {
    varint(field, value) {
      tag(field, wireTypes.varint)
      if (value < 0) negative(value)
      else unsigned(value)
    },
    zigzag(field, value) {
      tag(field, wireTypes.varint)
      zigzagged(value)
    },
    zigzags(field, values) {
      if (values.length === 0) return
      tag(field, wireTypes.delimited)
      const start = begin()
      values.forEach(zigzagged)
      end(start)
    },
    double(field, value) {
      tag(field, wireTypes.double)
      reserve(8)
      view.setFloat64(at, value, true)
      at += 8
    },
    string(field, value) {
      tag(field, wireTypes.delimited)
      const start = begin()
      characters(value)
      end(start)
    },
    message(field, write) {
      tag(field, wireTypes.delimited)
      delimited(write)
    },
    delimited,
    finish: () => bytes.subarray(0, at),
  }
}

const encoder = new TextEncoder()
