/** Cells for the series of one metric in this thread. The cells of removed series are used again. */

import { endRemoval, headerLength, setTextBlock, textBlockOf, writeCreated } from '../memory/cell-header.ts'
import type { Place } from '../memory/cells.ts'
import { blockLength, capacityFor, encodeText, fits, initBlock, writeText } from '../memory/text-block.ts'
import type { CellAllocator } from './cell-allocator.ts'
import { type Cells, noParts } from './series.ts'

/** The operations of `Kind` that cells need. */
export type CellKind = {
  /** Length of a series' cells in Int32s, without header and parts. */
  readonly length: number
  /** Removes all counts from a part, which other threads may read during the call. */
  clearPart(part: number, place: Place): void
}

export class CellPool {
  readonly #allocator: CellAllocator
  readonly #kind: CellKind
  /** Cells of removed series. */
  #free: Cells[] = []

  constructor(allocator: CellAllocator, kind: CellKind) {
    this.#allocator = allocator
    this.#kind = kind
  }

  /** Distance between the cells of two series, in Int32s. */
  get stride(): number {
    return headerLength + this.#kind.length
  }

  /**
   * Returns cells for a new series.
   * @param of number of the metric in the journal
   * @param text labels of the series
   * @throws {RangeError} when there is no room; then nothing has changed
   */
  take(of: number, text: string, created: number): Cells {
    const free = this.#free.at(-1)
    if (free === undefined) return this.allocate(of, text, created)
    const bytes = this.#allocator.isShared ? encodeText(text) : undefined
    const block = bytes && this.#blockFor(free, bytes)
    this.#free.pop()
    this.#reuse(free, created, () => {
      if (!block) return
      writeText(block, bytes)
      setTextBlock(free, block.at)
    })
    return free
  }

  /** Returns the cells at this index if they are free. They must need no labels, because all labels are closed. */
  takeAt(at: number, created: number): Cells | undefined {
    const i = this.#free.findIndex((cells) => cells.at === at)
    const [free] = i < 0 ? [] : this.#free.splice(i, 1)
    if (free) this.#reuse(free, created, () => {})
    return free
  }

  #reuse(cells: Cells, created: number, writeLabels: () => void): void {
    const { ints, at, parts } = cells
    this.#allocator.change(() => {
      this.#allocator.markChanged()
      ints.fill(0, at, at + this.#kind.length)
      for (const [number, part] of parts.entries()) if (part) this.#kind.clearPart(number, part)
      writeCreated(cells, created)
      writeLabels()
      endRemoval(cells)
      this.#allocator.markChanged()
    })
  }

  /** The block of the cells if the text fits into it, otherwise a new block. */
  #blockFor({ ints, at }: Place, bytes: Uint8Array): Place {
    const index = textBlockOf(ints, at)
    const block = { ints: this.#allocator.viewUpTo(index + 2), at: index }
    return index !== 0 && fits(block, bytes) ? block : this.#newBlock(bytes)
  }

  #newBlock(bytes: Uint8Array): Place {
    const capacity = capacityFor(bytes)
    const block = this.#allocator.allocate(blockLength(capacity))
    initBlock(block, capacity)
    return block
  }

  /** Like `take`, for cells that have not been used before. */
  allocate(of: number, text: string, created: number): Cells {
    const { ints, at: start } = this.#allocator.allocate(this.stride)
    const cells = { ints, at: start + headerLength, parts: noParts }
    writeCreated(cells, created)
    if (this.#allocator.isShared) {
      const bytes = encodeText(text)
      const block = this.#newBlock(bytes)
      writeText(block, bytes)
      setTextBlock(cells, block.at)
    }
    this.#allocator.record({ of, at: cells.at })
    return cells
  }

  /** Takes back the cells of a removed series. */
  release(cells: Cells): void {
    this.#free.push(cells)
  }

  /** Drops all free cells, because this thread moves to another arena. */
  clear(): void {
    this.#free = []
  }
}
