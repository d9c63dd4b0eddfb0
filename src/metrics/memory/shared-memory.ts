/**
 * The memory that threads share: one buffer that grows in place, so an addition is visible to all threads without a
 * message. It holds an arena for each thread: cells, and a journal that describes them.
 *
 * Int32s:  header | a row for each arena | chunks, allocated one after the other by any thread
 * Rows and chunks are aligned to 128 bytes, so two threads never write to the same cache line.
 */
import { takeTicket } from './cells.ts'

/** Lets a worker count in a registry's memory. It can be cloned: pass it as `workerData`, or in a message. */
export type SharedMetrics = {
  readonly buffer: SharedArrayBuffer
  readonly arena: number
  /** Number of times the arena was reserved, so that a late `release` of one thread does not affect the next one. */
  readonly generation: number
}

/** Maximum number of threads at a time. */
export const maxArenas = 256

const layout = 0x68_72_6d_01 // "hrm", and the version of this layout
const line = 32
const next = 1 // header: index of the first free Int32
const tickets = 2 // header: an integer cell
const firstChunk = line * (1 + maxArenas)

// The row of an arena: its generation and state in one Int32, and the index of its journal (0: none yet).
const free = 0
const reserved = 1
const attaching = 2 // its thread takes over the cells of the previous one
const attached = 3
const released = 4
const stateBits = 3
const journalAt = 1

const growBytes = 64 * 1024

/** @throws {RangeError} when `maxBytes` is too small or not a whole number; {Error} without growable SharedArrayBuffers */
export function createSharedMemory(maxBytes: number): SharedMemory {
  const least = firstChunk * Int32Array.BYTES_PER_ELEMENT + growBytes
  if (!Number.isSafeInteger(maxBytes) || maxBytes < least) {
    throw new RangeError(`share: maxBytes must be a whole number from ${least}, got ${maxBytes}`)
  }
  if (typeof SharedArrayBuffer !== 'function' || !('growable' in SharedArrayBuffer.prototype)) {
    throw new Error('share: this runtime has no growable SharedArrayBuffer, so threads cannot share metrics')
  }
  const buffer = new SharedArrayBuffer(least, { maxByteLength: maxBytes })
  const ints = new Int32Array(buffer, 0, firstChunk)
  ints[0] = layout
  ints[next] = firstChunk
  return new SharedMemory(buffer)
}

export class SharedMemory {
  readonly buffer: SharedArrayBuffer
  /** A view of fixed length, because access through a view that tracks the buffer's length takes four times as long. */
  #ints: Int32Array

  /** @throws {TypeError} when `createSharedMemory` of this version did not make the buffer */
  constructor(buffer: SharedArrayBuffer) {
    const isOurs =
      typeof SharedArrayBuffer === 'function' &&
      buffer instanceof SharedArrayBuffer &&
      buffer.byteLength >= firstChunk * Int32Array.BYTES_PER_ELEMENT &&
      new Int32Array(buffer, 0, 1)[0] === layout
    if (!isOurs) throw notOurs()
    this.buffer = buffer
    this.#ints = viewOf(buffer)
  }

  /** A view of at least the Int32s before this index. */
  viewUpTo(end: number): Int32Array {
    if (this.#ints.length < end) this.#ints = viewOf(this.buffer)
    return this.#ints
  }

  /** A view of the whole buffer at its current length. */
  viewOfAll(): Int32Array {
    return this.viewUpTo(this.buffer.byteLength / Int32Array.BYTES_PER_ELEMENT)
  }

  /** Allocates that many Int32s, all 0, and returns the index of the first. @throws {RangeError} when the memory is full */
  allocate(length: number): number {
    const rounded = Math.ceil(length / line) * line
    for (;;) {
      const at = Atomics.load(this.#ints, next)
      this.#growTo(at + rounded)
      if (Atomics.compareExchange(this.#ints, next, at, at + rounded) === at) return at
    }
  }

  #growTo(end: number): void {
    const bytes = end * Int32Array.BYTES_PER_ELEMENT
    while (this.buffer.byteLength < bytes) {
      const wanted = Math.ceil(bytes / growBytes) * growBytes
      try {
        this.buffer.grow(Math.min(wanted, this.buffer.maxByteLength))
      } catch (cause) {
        // `grow` also throws if another thread has grown the buffer further in the meantime; then it is long enough.
        if (this.buffer.byteLength >= bytes) return
        throw this.#full(cause)
      }
      if (this.buffer.byteLength === this.buffer.maxByteLength && this.buffer.byteLength < bytes) {
        throw this.#full(undefined)
      }
    }
  }

  #full(cause: unknown): Error {
    return new RangeError(
      `The shared memory for metrics is full: ${this.buffer.maxByteLength} bytes (option maxBytes of share)`,
      { cause },
    )
  }

  takeTicket(): number {
    return takeTicket(this.#ints, tickets)
  }

  /** Reserves an arena for a new thread; preferably one whose thread has ended, so that its counts continue. */
  reserve(): SharedMetrics {
    for (const wanted of [released, free]) {
      for (let arena = 0; arena < maxArenas; arena++) {
        const row = Atomics.load(this.#ints, rowOf(arena))
        const generation = (row >>> stateBits) + 1
        const next = rowWith(generation, reserved)
        if (stateOf(row) === wanted && this.#replace(arena, row, next)) {
          return { buffer: this.buffer, arena, generation }
        }
      }
    }
    throw new RangeError(
      `share: ${maxArenas} threads share these metrics already; release those that have ended`,
    )
  }

  /**
   * Gives a reserved arena to the calling thread, which takes over its cells and then calls `completeAttach`.
   * @throws when it is not reserved
   */
  beginAttach({ arena, generation }: SharedMetrics): void {
    checkClaim(arena, generation)
    if (this.#replace(arena, rowWith(generation, reserved), rowWith(generation, attaching))) return
    throw new Error(
      'attach: these shared metrics are in use or were released; call share once for each worker',
    )
  }

  /** Marks the arena's cells as the calling thread's: those of the previous thread have been taken over. */
  completeAttach({ arena, generation }: SharedMetrics): void {
    this.#replace(arena, rowWith(generation, attaching), rowWith(generation, attached))
  }

  /** Marks the arena's thread as ended. Does nothing the second time, because another thread may use the arena by then. */
  release({ arena, generation }: SharedMetrics): void {
    checkClaim(arena, generation)
    for (const state of [reserved, attaching, attached]) {
      if (this.#replace(arena, rowWith(generation, state), rowWith(generation, released))) return
    }
  }

  #replace(arena: number, row: number, by: number): boolean {
    return Atomics.compareExchange(this.#ints, rowOf(arena), row, by) === row
  }

  /** True while a thread counts in the arena. */
  isAttached(arena: number): boolean {
    return stateOf(Atomics.load(this.#ints, rowOf(arena))) === attached
  }

  /** Index of an arena's journal; 0 while there is none. */
  journalOf(arena: number): number {
    return Atomics.load(this.#ints, rowOf(arena) + journalAt)
  }

  setJournal(arena: number, at: number): void {
    Atomics.store(this.#ints, rowOf(arena) + journalAt, at)
  }
}

function viewOf(buffer: SharedArrayBuffer): Int32Array {
  return new Int32Array(buffer, 0, buffer.byteLength / Int32Array.BYTES_PER_ELEMENT)
}

function rowOf(arena: number): number {
  return line * (1 + arena)
}

function rowWith(generation: number, state: number): number {
  return (generation << stateBits) | state
}

function stateOf(row: number): number {
  return row & (2 ** stateBits - 1)
}

function checkClaim(arena: number, generation: number): void {
  const isOurs = Number.isInteger(arena) && arena >= 0 && arena < maxArenas && Number.isInteger(generation)
  if (!isOurs) throw notOurs()
}

function notOurs(): Error {
  return new TypeError('shared metrics must be a result of share in the same version of hitrate')
}
