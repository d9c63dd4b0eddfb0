/**
 * A journal in shared memory describes one arena (the part that one thread writes) to the other threads: the metrics
 * that its thread has declared, and the location of each series' cells. Only that thread writes the journal. After
 * `append` returns, the complete record is visible to all threads. If the thread stops during `append`, the record
 * never becomes visible.
 *
 * A journal is a chain of chunks. A chunk holds the index of the next chunk, the number of Int32s written, its
 * capacity, and the records. A record is its length in bytes, then its JSON.
 */
import type { SharedMemory } from './shared-memory.ts'

/**
 * A record of a thread's journal. Metrics are numbered from 0 in the order of their records.
 */
export type JournalRecord<Declaration> =
  /**
   * A declared metric. If all its series exist from the start, their cells are contiguous, and `at` is the index of the
   * first.
   */
  | { readonly family: Declaration; readonly at?: number }
  /**
   * Cells for a series. `of` is the number of the metric, and `at` is the index of the first cell. The header of the cells
   * has the labels, because the cells of a removed series are used again for other labels.
   */
  | { readonly of: number; readonly at: number }
  /**
   * A part: additional cells of the series whose first cell is at index `cells`. The type of metric defines the meaning of
   * the number `part`.
   */
  | { readonly of: number; readonly cells: number; readonly part: number; readonly at: number }

const chunkLength = 1024
const written = 1
const capacity = 2
const head = 3

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Appends to the journal of one arena. */
export class JournalWriter<R> {
  readonly #memory: SharedMemory
  readonly #arena: number
  #chunk: number

  constructor(memory: SharedMemory, arena: number) {
    this.#memory = memory
    this.#arena = arena
    this.#chunk = memory.journalOf(arena)
    for (let at = this.#chunk; at !== 0; at = Atomics.load(memory.viewUpTo(at + head), at)) this.#chunk = at
  }

  /** @throws {RangeError} when the memory is full; then nothing was written */
  append(record: R): void {
    const bytes = encoder.encode(JSON.stringify(record))
    const length = 1 + Math.ceil(bytes.length / Int32Array.BYTES_PER_ELEMENT)
    if (!this.#hasRoom(length)) {
      const at = this.#memory.allocate(head + Math.max(length, chunkLength - head))
      this.#memory.viewUpTo(at + head)[at + capacity] = Math.max(length, chunkLength - head)
      this.#write(at, 0, bytes, length)
      if (this.#chunk === 0) this.#memory.setJournal(this.#arena, at)
      else Atomics.store(this.#memory.viewUpTo(this.#chunk + head), this.#chunk, at)
      this.#chunk = at
    } else {
      const used = Atomics.load(this.#memory.viewUpTo(this.#chunk + head), this.#chunk + written)
      this.#write(this.#chunk, used, bytes, length)
    }
  }

  #hasRoom(length: number): boolean {
    if (this.#chunk === 0) return false
    const ints = this.#memory.viewUpTo(this.#chunk + head)
    return Atomics.load(ints, this.#chunk + written) + length <= (ints[this.#chunk + capacity] ?? 0)
  }

  #write(chunk: number, used: number, bytes: Uint8Array, length: number): void {
    const at = chunk + head + used
    const ints = this.#memory.viewUpTo(at + length)
    ints[at] = bytes.length
    new Uint8Array(this.#memory.buffer, (at + 1) * Int32Array.BYTES_PER_ELEMENT, bytes.length).set(bytes)
    Atomics.store(ints, chunk + written, used + length) // publishes the record to readers
  }
}

/** Reads the journal of one arena. Returns each record once. */
export class JournalReader<R> {
  readonly #memory: SharedMemory
  readonly #arena: number
  #chunk = 0
  #read = 0

  constructor(memory: SharedMemory, arena: number) {
    this.#memory = memory
    this.#arena = arena
  }

  /** Yields the records that were appended since the last call. */
  *readNew(): Iterable<R> {
    this.#chunk ||= this.#memory.journalOf(this.#arena)
    while (this.#chunk !== 0) {
      // The index of the next chunk is loaded first. If there is a next chunk, this one gets no more records, so its
      // length is final.
      const following = Atomics.load(this.#memory.viewUpTo(this.#chunk + head), this.#chunk)
      const end = Atomics.load(this.#memory.viewUpTo(this.#chunk + head), this.#chunk + written)
      while (this.#read < end) yield this.#record()
      if (following === 0) return
      this.#chunk = following
      this.#read = 0
    }
  }

  #record(): R {
    const at = this.#chunk + head + this.#read
    const size = this.#memory.viewUpTo(at + 1)[at] ?? 0
    this.#read += 1 + Math.ceil(size / Int32Array.BYTES_PER_ELEMENT)
    const bytes = new Uint8Array(this.#memory.buffer, (at + 1) * Int32Array.BYTES_PER_ELEMENT, size)
    // The bytes are copied, because decoders reject shared memory. The cast is safe, because the memory's layout number
    // proves that a `JournalWriter` of this version wrote them.
    return JSON.parse(decoder.decode(bytes.slice())) as R
  }
}
