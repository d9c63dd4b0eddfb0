/**
 * The memory that threads share: one buffer that grows in place, so whatever a thread adds is there for all others at
 * once, without a message. It holds an arena for each thread; an arena is cells, and a journal that says what they are.
 *
 * Int32s:  header | a row for each arena | chunks, taken one after the other by whoever needs one
 * Rows and chunks begin on 128 bytes, so that two threads never write to one cache line.
 */
import { takeTicket } from './cells.ts'

/** What a worker needs to count into a registry's memory; can be cloned: hand it over as `workerData`, or in a message. */
export type SharedMetrics = {
  readonly buffer: SharedArrayBuffer
  readonly arena: number
  /** How often the arena was handed out: what is said of an earlier thread does not touch a later one. */
  readonly generation: number
}

/** How many threads there can be at a time. */
export const maxArenas = 256

const layout = 0x68_72_6d_01 // "hrm", and the version of this layout
const line = 32
const next = 1 // header: where the first free Int32 is
const tickets = 2 // header: a cell
const firstChunk = line * (1 + maxArenas)

// An arena's row: its generation and its state in one, and where its journal begins (0: nowhere yet).
const free = 0
const reserved = 1
const attaching = 2 // somebody moves in
const attached = 3
const released = 4
const stateBits = 3
const journalAt = 1

const growBytes = 64 * 1024

/** @throws {RangeError} when `maxBytes` is no size for it; {Error} where threads can share no memory that grows. */
export function createSharedMemory(maxBytes: number): SharedMemory {
  const least = firstChunk * Int32Array.BYTES_PER_ELEMENT + growBytes
  if (!Number.isSafeInteger(maxBytes) || maxBytes < least) {
    throw new RangeError(`maxBytes must be a whole number from ${least}, not ${maxBytes}`)
  }
  if (typeof SharedArrayBuffer !== 'function' || !('growable' in SharedArrayBuffer.prototype)) {
    throw new Error('This runtime has no SharedArrayBuffer that grows: its metrics stay in one thread')
  }
  const buffer = new SharedArrayBuffer(least, { maxByteLength: maxBytes })
  const ints = new Int32Array(buffer, 0, firstChunk)
  ints[0] = layout
  ints[next] = firstChunk
  return new SharedMemory(buffer)
}

export class SharedMemory {
  readonly buffer: SharedArrayBuffer
  /** Fixed in length: a view that follows the buffer's growth costs four times as much to use. */
  #ints: Int32Array

  /** @throws {TypeError} when the buffer is none of ours. */
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

  /** A view that reaches at least up to this Int32. */
  viewUpTo(end: number): Int32Array {
    if (this.#ints.length < end) this.#ints = viewOf(this.buffer)
    return this.#ints
  }

  /** A view of all that there is now. */
  viewOfAll(): Int32Array {
    return this.viewUpTo(this.buffer.byteLength / Int32Array.BYTES_PER_ELEMENT)
  }

  /** Room for so many Int32s, all 0, nobody else's. @throws {RangeError} when the memory is full. */
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
        // Another thread may have been ahead of us with more, and then there is nothing to grow.
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
      `The memory that threads share for metrics is full: ${this.buffer.maxByteLength} bytes (maxBytes of share())`,
      { cause },
    )
  }

  takeTicket(): number {
    return takeTicket(this.#ints, tickets)
  }

  /** Keeps an arena for a thread to come: first one whose thread has ended, so that its counts go on. */
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
    throw new RangeError(`${maxArenas} threads share these metrics already: release() those that have ended`)
  }

  /** Makes a reserved arena the calling thread's, which moves in and then calls `enter`. @throws when it is not reserved. */
  beginAttach({ arena, generation }: SharedMetrics): void {
    checkPlace(arena, generation)
    if (this.#replace(arena, rowWith(generation, reserved), rowWith(generation, attaching))) return
    throw new Error('These shared metrics are in use, or were released: call share() once for each worker')
  }

  /** What lies in the arena is the calling thread's from here on, nothing of the one before it is left to take over. */
  completeAttach({ arena, generation }: SharedMetrics): void {
    this.#replace(arena, rowWith(generation, attaching), rowWith(generation, attached))
  }

  /** Does nothing when that was said already: the arena may be another thread's by now. */
  release({ arena, generation }: SharedMetrics): void {
    checkPlace(arena, generation)
    for (const state of [reserved, attaching, attached]) {
      if (this.#replace(arena, rowWith(generation, state), rowWith(generation, released))) return
    }
  }

  #replace(arena: number, row: number, by: number): boolean {
    return Atomics.compareExchange(this.#ints, rowOf(arena), row, by) === row
  }

  /** Is a thread using it? */
  isAttached(arena: number): boolean {
    return stateOf(Atomics.load(this.#ints, rowOf(arena))) === attached
  }

  /** Where an arena's journal begins; 0 while it has none. */
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

function checkPlace(arena: number, generation: number): void {
  const isOurs = Number.isInteger(arena) && arena >= 0 && arena < maxArenas && Number.isInteger(generation)
  if (!isOurs) throw notOurs()
}

function notOurs(): Error {
  return new TypeError('This is not what share() of the same version of hitrate gave')
}
