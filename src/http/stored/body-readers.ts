/** The readers of a shared body, each at its own position in the stream. */

export interface BodyReader {
  /** Position of the next chunk for this reader. */
  position: number
  /** True once this reader was removed because it was too slow. */
  isLeftBehind: boolean
}

export class BodyReaders {
  readonly #readers = new Set<BodyReader>()

  get size(): number {
    return this.#readers.size
  }

  /** Adds a reader at the beginning of the stream. */
  add(): BodyReader {
    const reader: BodyReader = { position: 0, isLeftBehind: false }
    this.#readers.add(reader)
    return reader
  }

  remove(reader: BodyReader): void {
    this.#readers.delete(reader)
  }

  /** Position of the slowest reader, at most `end`. Returns `end` if there are no readers. */
  slowestPosition(end: number): number {
    let slowest = end
    for (const { position } of this.#readers) slowest = Math.min(slowest, position)
    return slowest
  }

  /** Removes the readers that have not read the chunk at `position`. */
  leaveBehind(position: number): void {
    for (const reader of this.#readers) {
      if (reader.position > position) continue
      reader.isLeftBehind = true
      this.#readers.delete(reader)
    }
  }
}
