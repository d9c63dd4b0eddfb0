/**
 * The memory that threads share: one buffer that grows in place, so all threads see an addition without a message.
 *
 * Arena: the part of the shared memory that one thread writes. It consists of cells, and of a journal that describes
 * them to the other threads. When its thread has ended, a new thread can take it over.
 *
 * Int32s:  header | a row for each arena | chunks, allocated one after the other by any thread
 * Rows and chunks are aligned to 128 bytes, so two threads never write to the same cache line.
 */
import { takeTicket } from './cells.ts'

/**
 * Result of `share()`: lets a worker count in the registry's memory. It can be cloned, as `workerData` or in a message.
 */
export type SharedMetrics = {
  readonly buffer: SharedArrayBuffer
  readonly arena: number
  /**
   * Number of times that the arena has been reserved. A late `release` for a previous thread has a lower number, so it
   * does not affect the current thread.
   */
  readonly generation: number
}

/** Maximum number of threads that share the memory at the same time. */
export const maxArenas = 256

const layout = 0x68_72_6d_04 // "hrm", and the version of this layout
const line = 32
const next = 1 // header field: index of the first free Int32
const tickets = 1 // header field: the last ticket, in the Int32s 2 and 3 as one BigInt64
const changesBegun = 8 // header fields: number of changes to the cells of removed series
const changesEnded = 9
const arenas = 10 // header field: number of arenas up to the last one that has a journal
const firstChunk = line * (1 + maxArenas)

// The row of an arena: its generation and state in one Int32, the index of its journal (0: none yet), and the number of
// changes to the states of its series.
const free = 0
const reserved = 1
const attaching = 2 // the new thread is taking over the cells of the previous thread
const attached = 3
const released = 4
const stateBits = 3
const journalAt = 1
const changesAt = 2

const growBytes = 64 * 1024

/**
 * @throws {RangeError} when `maxBytes` is too small or not a whole number
 * @throws {Error} when the runtime has no growable SharedArrayBuffer
 */
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
  /** For each arena, the number of `markChanged` calls on this object. */
  readonly #ownChanges = new Uint32Array(maxArenas)

  /** @throws {TypeError} when the buffer is not a result of `createSharedMemory` of the same version */
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

  /** Returns a view that contains at least the Int32s before index `end`. */
  viewUpTo(end: number): Int32Array {
    if (this.#ints.length < end) this.#ints = viewOf(this.buffer)
    return this.#ints
  }

  /** Returns a view of the whole buffer at its current length. */
  viewOfAll(): Int32Array {
    return this.viewUpTo(this.buffer.byteLength / Int32Array.BYTES_PER_ELEMENT)
  }

  /**
   * Allocates `length` Int32s with the value 0, and returns the index of the first.
   * @throws {RangeError} when the memory is full
   */
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
        // If another thread has grown the buffer further in the meantime, `grow` throws although the buffer is long
        // enough.
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

  /** @param now the time in epoch ms */
  takeTicket(now: number): number {
    return takeTicket(new BigInt64Array(this.buffer, 0, tickets + 1), tickets, now)
  }

  /** Reserves an arena for a new thread. Prefers an arena with a thread that has ended, so that its counts continue. */
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
   * Gives a reserved arena to the calling thread. The thread then takes over its cells and calls `completeAttach`.
   * @throws when the arena is not reserved
   */
  beginAttach({ arena, generation }: SharedMetrics): void {
    checkClaim(arena, generation)
    if (this.#replace(arena, rowWith(generation, reserved), rowWith(generation, attaching))) return
    throw new Error(
      'attach: these shared metrics are in use or were released; call share once for each worker',
    )
  }

  /** Marks the arena as attached. The calling thread must have taken over the cells of the previous thread. */
  completeAttach({ arena, generation }: SharedMetrics): void {
    this.#replace(arena, rowWith(generation, attaching), rowWith(generation, attached))
  }

  /**
   * Marks the arena's thread as ended. A second call does nothing. If another thread uses the arena by then, its generation
   * differs, so that thread is not affected.
   */
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

  /**
   * Runs a function that removes series, or that uses the cells of removed ones again. A reader that finds a change in
   * progress, or a new one, reads again.
   */
  change(run: () => void): void {
    Atomics.add(this.#ints, changesBegun, 1)
    try {
      run()
    } finally {
      Atomics.add(this.#ints, changesEnded, 1)
    }
  }

  /** Number of changes that have begun. */
  get changes(): number {
    return Atomics.load(this.#ints, changesBegun)
  }

  /** Waits until no change is in progress, but not for a thread that has stopped midway. Returns `changes`. */
  awaitChanges(): number {
    for (let i = 0; i < 1000; i++) if (Atomics.load(this.#ints, changesEnded) === this.changes) break
    return this.changes
  }

  /**
   * Records that the calling thread has changed the state of a series in the arena, so that other threads read the states
   * again.
   */
  markChanged(arena: number): void {
    this.#ownChanges[arena] = (this.#ownChanges[arena] as number) + 1
    Atomics.add(this.#ints, rowOf(arena) + changesAt, 1)
  }

  /**
   * Number of changes that other threads have recorded for the arena. The thread's own are left out: it knows them, and
   * after each of them it would read the states of all series.
   */
  changesOf(arena: number): number {
    return (Atomics.load(this.#ints, rowOf(arena) + changesAt) - (this.#ownChanges[arena] as number)) | 0
  }

  /** Index of an arena's journal; 0 if it has none yet. */
  journalOf(arena: number): number {
    return Atomics.load(this.#ints, rowOf(arena) + journalAt)
  }

  setJournal(arena: number, at: number): void {
    Atomics.store(this.#ints, rowOf(arena) + journalAt, at)
    for (;;) {
      const known = this.arenas
      if (known > arena || Atomics.compareExchange(this.#ints, arenas, known, arena + 1) === known) return
    }
  }

  /** Number of arenas up to the last one that has a journal. */
  get arenas(): number {
    return Atomics.load(this.#ints, arenas)
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
