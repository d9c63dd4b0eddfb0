/**
 * Allocates this thread's cells in private buffers; after `useArena`, in an arena of the shared memory that all threads
 * can read.
 */
import { microsecondsOf, type Place } from '../memory/cells.ts'
import { type JournalRecord, JournalWriter } from '../memory/journal.ts'
import type { SharedMemory } from '../memory/shared-memory.ts'
import type { Declaration } from './declaration.ts'

/** Minimum length of a buffer in Int32s. */
const bufferLength = 4096

export class CellAllocator {
  /** Returns the time in epoch ms. */
  readonly now: () => number
  /** Monotonic clock in ms. */
  readonly timer: () => number
  #ints: Int32Array = new Int32Array(0)
  #next = 0
  #end = 0
  #tickets = 0
  #families = 0
  #shared:
    | {
        readonly memory: SharedMemory
        readonly arena: number
        readonly journal: JournalWriter<JournalRecord<Declaration>>
      }
    | undefined

  constructor(now: () => number, timer: () => number = () => performance.now()) {
    this.now = now
    this.timer = timer
  }

  /**
   * Allocates in this arena from now on. Existing cells stay in their buffers until their families relocate them.
   * @param families number of metrics that the arena's journal already contains
   */
  useArena(memory: SharedMemory, arena: number, families: number): void {
    this.#shared = { memory, arena, journal: new JournalWriter(memory, arena) }
    this.#families = families
    this.#next = 0
    this.#end = 0
  }

  /** Allocates in private buffers again. */
  leaveArena(): void {
    this.#shared = undefined
    this.#next = 0
    this.#end = 0
  }

  /** True if other threads can read the cells. */
  get isShared(): boolean {
    return this.#shared !== undefined
  }

  /** A view that contains at least the Int32s before index `end` of the shared memory. */
  viewUpTo(end: number): Int32Array {
    return this.#shared?.memory.viewUpTo(end) ?? this.#ints
  }

  /** As `SharedMemory.change`. */
  change(run: () => void): void {
    if (this.#shared) this.#shared.memory.change(run)
    else run()
  }

  /** Records that a state in this thread's arena has changed. */
  markChanged(): void {
    this.#shared?.memory.markChanged(this.#shared.arena)
  }

  /**
   * Allocates `length` Int32s with the value 0.
   * @throws {RangeError} when the shared memory is full
   */
  allocate(length: number): Place {
    if (this.#next + length > this.#end) this.#addBuffer(Math.max(length, bufferLength))
    const at = this.#next
    this.#next += length
    return { ints: this.#ints, at }
  }

  #addBuffer(length: number): void {
    const memory = this.#shared?.memory
    const start = memory?.allocate(length) ?? 0
    this.#ints = memory?.viewUpTo(start + length) ?? newBuffer(length)
    this.#next = start
    this.#end = start + length
  }

  /**
   * Appends a record to the arena's journal; does nothing without an arena. Cells must be recorded before the first
   * count in them, so that no count is missing in other threads.
   * @throws {RangeError} when the shared memory is full
   */
  record(record: JournalRecord<Declaration>): void {
    this.#shared?.journal.append(record)
  }

  /** Like `record`, for a metric. Returns the metric's number in the journal. */
  recordFamily(record: Extract<JournalRecord<Declaration>, { family: Declaration }>): number {
    this.record(record) // if this throws, the next metric gets the same number
    return this.#families++
  }

  /**
   * Returns a number greater than all earlier ones, in this thread and in all threads that share the memory: the time in
   * microseconds since 1970, unless the clock has gone back or two tickets are taken at the same time.
   */
  takeTicket(): number {
    const now = this.now()
    if (this.#shared) return this.#shared.memory.takeTicket(now)
    this.#tickets = Math.max(this.#tickets + 1, microsecondsOf(now))
    return this.#tickets
  }
}

function newBuffer(length: number): Int32Array {
  const bytes = length * Int32Array.BYTES_PER_ELEMENT
  return new Int32Array(
    typeof SharedArrayBuffer === 'function' ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes),
  )
}
