/**
 * Writes the wire format of Protocol Buffers (https://protobuf.dev/programming-guides/encoding/): only the types that
 * the exposition needs.
 */

const wireTypes = { varint: 0, double: 1, delimited: 2 } as const

/** Appends fields to a buffer. Integers are exact to 2^53. */
export class ProtobufWriter {
  #bytes = new Uint8Array(64 * 1024)
  #view = new DataView(this.#bytes.buffer)
  #at = 0

  /** Appends a field of type uint64, uint32, int64, int32 or an enum. */
  varint(field: number, value: number): void {
    this.#tag(field, wireTypes.varint)
    if (value < 0) this.#negative(value)
    else this.#unsigned(value)
  }

  /** Appends a field of type sint64 or sint32. */
  zigzag(field: number, value: number): void {
    this.#tag(field, wireTypes.varint)
    this.#zigzagged(value)
  }

  /** Appends a packed repeated field of type sint64 or sint32; nothing for an empty list. */
  zigzags(field: number, values: readonly number[]): void {
    if (values.length === 0) return
    this.#tag(field, wireTypes.delimited)
    const start = this.#begin()
    for (const value of values) this.#zigzagged(value)
    this.#end(start)
  }

  double(field: number, value: number): void {
    this.#tag(field, wireTypes.double)
    this.#reserve(8)
    this.#view.setFloat64(this.#at, value, true)
    this.#at += 8
  }

  string(field: number, value: string): void {
    this.#tag(field, wireTypes.delimited)
    const start = this.#begin()
    this.#characters(value)
    this.#end(start)
  }

  /** Appends a field that holds a message. `write` appends the content of the message. */
  message(field: number, write: () => void): void {
    this.#tag(field, wireTypes.delimited)
    this.delimited(write)
  }

  /** Appends a message of a stream: its length, then the content that `write` appends. */
  delimited(write: () => void): void {
    const start = this.#begin()
    write()
    this.#end(start)
  }

  /** Returns the written bytes. They share the writer's buffer, so the writer must not be used afterwards. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#at)
  }

  /** Makes room for `count` more bytes. Must be called before every write. */
  #reserve(count: number): void {
    if (this.#at + count <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#at + count))
    grown.set(this.#bytes)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }

  #tag(field: number, wireType: number): void {
    this.#unsigned(field * 8 + wireType)
  }

  #unsigned(value: number): void {
    this.#reserve(10)
    let rest = value
    // Division instead of a shift, because a shift would truncate the number to 32 bits.
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.#bytes[this.#at++] = (rest % 128) | 0x80
    this.#bytes[this.#at++] = rest
  }

  /** Appends a negative number in two's complement of 64 bits: nine groups of seven bits, then the last bit. */
  #negative(value: number): void {
    this.#reserve(10)
    let rest = value
    for (let i = 0; i < 9; i++, rest = Math.floor(rest / 128)) {
      this.#bytes[this.#at++] = (128 + (rest % 128)) | 0x80
    }
    this.#bytes[this.#at++] = 1
  }

  #zigzagged(value: number): void {
    // Zigzag encoding maps 0, -1, 1, -2 … to 0, 1, 2, 3 …. The result may exceed 2^53, so its lowest seven bits are
    // computed apart from the rest.
    const sign = value < 0 ? 1 : 0
    const half = sign === 1 ? -value - 1 : value
    const low = (half % 64) * 2 + sign
    const high = Math.floor(half / 64)
    this.#reserve(10)
    this.#bytes[this.#at++] = high > 0 ? low | 0x80 : low
    if (high > 0) this.#unsigned(high)
  }

  /** Reserves one byte for the length of the content that follows. Returns the index at which the content starts. */
  #begin(): number {
    this.#reserve(1)
    return ++this.#at
  }

  /**
   * Writes the length in front of the content that starts at `start`. Moves the content if the length needs more than
   * one byte.
   */
  #end(start: number): void {
    const length = this.#at - start
    let more = 0
    for (let rest = length; rest > 0x7f; rest = Math.floor(rest / 128)) more++
    this.#reserve(more)
    if (more > 0) this.#bytes.copyWithin(start + more, start, this.#at)
    this.#at = start - 1
    this.#unsigned(length)
    this.#at += length
  }

  #characters(text: string): void {
    this.#reserve(3 * text.length)
    const start = this.#at
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) {
        this.#at = start + encoder.encodeInto(text, this.#bytes.subarray(start)).written
        return
      }
      this.#bytes[this.#at++] = code
    }
  }
}

const encoder = new TextEncoder()
