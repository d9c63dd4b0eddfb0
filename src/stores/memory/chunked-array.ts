/** An array that grows and shrinks in chunks, so that no step copies the whole of it. */

/** An ordinary array or a typed one. */
interface Chunk<T> {
  readonly length: number
  [index: number]: T
}

const BITS = 12
const LENGTH = 1 << BITS
const MASK = LENGTH - 1
/** Length of the first chunk at first. It doubles until it has the length of the others, so that a small array stays small. */
const FIRST_LENGTH = 16

export class ChunkedArray<T> {
  readonly #allocate: (length: number) => Chunk<T>
  readonly #chunks: Chunk<T>[] = []
  #capacity = 0

  /** @param allocate creates a chunk. */
  constructor(allocate: (length: number) => Chunk<T>) {
    this.#allocate = allocate
  }

  /** Number of elements that the chunks have room for. */
  get capacity(): number {
    return this.#capacity
  }

  /** Returns an element that has been set. */
  at(index: number): T {
    return (this.#chunks[index >> BITS] as Chunk<T>)[index & MASK] as T
  }

  /** @param index at most the number of elements that have been set. */
  set(index: number, value: T): void {
    const chunk = this.#chunks[index >> BITS]
    const place = index & MASK
    if (chunk === undefined || place >= chunk.length) this.#grow(index)[place] = value
    else chunk[place] = value
  }

  /** Frees the chunks that have only elements from `length` on. */
  truncate(length: number): void {
    // One empty chunk stays, so that an array whose length changes around a limit does not allocate each time.
    const needed = length === 0 ? 0 : ((length - 1) >> BITS) + 2
    while (this.#chunks.length > needed) this.#capacity -= this.#chunks.pop()?.length ?? 0
  }

  #grow(index: number): Chunk<T> {
    const old = this.#chunks[index >> BITS]
    const isFirst = index < LENGTH
    const chunk = this.#allocate(isFirst ? Math.max(FIRST_LENGTH, 2 * (old?.length ?? 0)) : LENGTH)
    for (let i = 0; old !== undefined && i < old.length; i++) chunk[i] = old[i] as T
    this.#chunks[index >> BITS] = chunk
    this.#capacity += chunk.length - (old?.length ?? 0)
    return chunk
  }
}
