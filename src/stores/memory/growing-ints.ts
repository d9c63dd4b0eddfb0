/** A list of 32-bit integers in chunks: no step copies more than one chunk when it grows or shrinks. */

const CHUNK_BITS = 14
const CHUNK = 1 << CHUNK_BITS
const LEAST = 64

/** An index without these bits is that of a chunk's first integer. */
export const IN_CHUNK = CHUNK - 1

export class GrowingInts {
  readonly #chunks: Int32Array[] = [new Int32Array(LEAST)]
  #capacity = LEAST

  get bytes(): number {
    return Int32Array.BYTES_PER_ELEMENT * this.#capacity
  }

  /** Returns the chunk of an integer. Its index there is `index & IN_CHUNK`. */
  chunkOf(index: number): Int32Array {
    return this.#chunks[index >> CHUNK_BITS] as Int32Array
  }

  /** Makes room for a number of integers, or frees room. Each call takes one step, so the number may change by a few only. */
  fit(length: number): void {
    const chunks = this.#chunks
    const first = chunks[0] as Int32Array
    if (length > this.#capacity) {
      if (first.length === CHUNK) chunks.push(new Int32Array(CHUNK))
      else {
        chunks[0] = new Int32Array(2 * first.length)
        chunks[0].set(first)
      }
    } else if (chunks.length > 1) {
      if (length + 1.5 * CHUNK > this.#capacity) return
      chunks.pop()
    } else {
      if (4 * length > first.length || first.length === LEAST) return
      chunks[0] = first.slice(0, first.length / 2)
    }
    this.#capacity = (chunks.length - 1) * CHUNK + (chunks[0] as Int32Array).length
  }
}
