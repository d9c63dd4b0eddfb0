/**
 * What a thread tells the others about its arena, in shared memory: which metrics it has declared, and where each
 * series' cells lie. One thread writes; a record is there for all others, whole, once `append` returns, and what a
 * thread that dies had begun is not there.
 *
 * A journal is a chain of chunks: where the next one begins, how many Int32s of it are written, how many it holds, then
 * the records, each its length in bytes and the bytes of its JSON.
 */
import type { SharedMemory } from './shared-memory.ts'

/**
 * A record of a thread's journal. Metrics are numbered from 0 in the order of their records, and so are the series of
 * each metric.
 */
export type JournalRecord<Declaration> =
  /** A declared metric. If all its series exist from the start, their cells are contiguous, beginning at `at`. */
  | { readonly family: Declaration; readonly created: number; readonly at?: number }
  /** A series of metric number `of`, and the index of its first cell. */
  | { readonly of: number; readonly labels: readonly string[]; readonly created: number; readonly at: number }
  /** Additional cells of a series; the kind of metric defines the meaning of `part`. */
  | { readonly of: number; readonly series: number; readonly part: number; readonly at: number }

const chunkLength = 1024
const written = 1
const capacity = 2
const head = 3

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Writes the journal of one arena, from its end on. */
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

  /** @throws {RangeError} when the memory is full; then nothing was written. */
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
    Atomics.store(ints, chunk + written, used + length) // now readers may
  }
}

/** Reads the journal of one arena, each record once. */
export class JournalReader<R> {
  readonly #memory: SharedMemory
  readonly #arena: number
  #chunk = 0
  #read = 0

  constructor(memory: SharedMemory, arena: number) {
    this.#memory = memory
    this.#arena = arena
  }

  /** The records that were appended since the last call. */
  *readNew(): Iterable<R> {
    this.#chunk ||= this.#memory.journalOf(this.#arena)
    while (this.#chunk !== 0) {
      // In this order: a chunk that has a next one is not written any more.
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
    // A copy, because decoders accept no shared memory. The memory's layout number says that our own writer wrote it.
    return JSON.parse(decoder.decode(bytes.slice())) as R
  }
}
