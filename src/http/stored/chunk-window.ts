/** The chunks of a stream that are in memory, addressed by their position in the stream. */

/** Chunks enter at the end and are dropped from the start. The first chunk of the stream has position 0. */
export class ChunkWindow {
  readonly #chunks: Uint8Array[]
  #start = 0
  #bytes = 0

  constructor(chunks: readonly Uint8Array[] = []) {
    this.#chunks = [...chunks]
    for (const { byteLength } of chunks) this.#bytes += byteLength
  }

  /** Position of the oldest chunk in memory. */
  get start(): number {
    return this.#start
  }

  /** Position of the next chunk to be pushed. */
  get end(): number {
    return this.#start + this.#chunks.length
  }

  /** Bytes of all chunks in memory. */
  get bytes(): number {
    return this.#bytes
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.byteLength
  }

  /** The chunk at this position; `undefined` if it was dropped or has not been pushed yet. */
  chunkAt(position: number): Uint8Array | undefined {
    return this.#chunks[position - this.#start]
  }

  /** Drops the chunks before this position, which is at most {@link end}. */
  dropBefore(position: number): void {
    for (const { byteLength } of this.#chunks.splice(0, position - this.#start)) this.#bytes -= byteLength
    this.#start = position
  }

  /** The chunks in memory as one array. */
  join(): Uint8Array<ArrayBuffer> {
    return joinChunks(this.#chunks, this.#bytes)
  }
}

/**
 * Copies chunks into one array. A single chunk is returned without a copy, unless it is a view of a larger buffer. The view
 * would keep the whole buffer in memory.
 *
 * @param bytes the length of all chunks together.
 */
export function joinChunks(chunks: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const [first] = chunks
  if (chunks.length === 1 && first !== undefined && ownsItsBuffer(first)) return first
  const joined = new Uint8Array(bytes)
  let offset = 0
  for (const chunk of chunks) {
    joined.set(chunk, offset)
    offset += chunk.byteLength
  }
  return joined
}

function ownsItsBuffer(chunk: Uint8Array): chunk is Uint8Array<ArrayBuffer> {
  return chunk.buffer instanceof ArrayBuffer && chunk.byteLength === chunk.buffer.byteLength
}
