/** Where this thread's cells lie: in buffers of its own, and from `move` on in an arena that all threads can read. */
import type { Place } from '../memory/cells.ts'
import { type JournalRecord, JournalWriter } from '../memory/journal.ts'
import type { SharedMemory } from '../memory/shared-memory.ts'
import type { Declaration } from './declaration.ts'

/** Int32s that are taken at a time. */
const bufferLength = 4096

export class CellAllocator {
  /** Epoch ms. */
  readonly now: () => number
  #ints: Int32Array = new Int32Array(0)
  #next = 0
  #end = 0
  #tickets = 0
  #families = 0
  #shared:
    | { readonly memory: SharedMemory; readonly journal: JournalWriter<JournalRecord<Declaration>> }
    | undefined

  constructor(now: () => number) {
    this.now = now
  }

  /**
   * From here on new cells lie in this arena; those that there are stay where they are until they are moved.
   * @param families how many metrics the arena's journal tells of already
   */
  move(memory: SharedMemory, arena: number, families: number): void {
    this.#shared = { memory, journal: new JournalWriter(memory, arena) }
    this.#families = families
    this.#next = 0
    this.#end = 0
  }

  /** From here on new cells lie in buffers of this thread's own again. */
  leaveArena(): void {
    this.#shared = undefined
    this.#next = 0
    this.#end = 0
  }

  /** Room for so many Int32s, all 0. @throws {RangeError} when the memory that threads share is full. */
  allocate(length: number): Place {
    if (this.#next + length > this.#end) this.#makeRoom(Math.max(length, bufferLength))
    const at = this.#next
    this.#next += length
    return { ints: this.#ints, at }
  }

  #makeRoom(length: number): void {
    const memory = this.#shared?.memory
    const start = memory?.allocate(length) ?? 0
    this.#ints = memory?.viewUpTo(start + length) ?? newBuffer(length)
    this.#next = start
    this.#end = start + length
  }

  /** Tells the other threads, and comes before the first use of what it tells of. @throws {RangeError} as `place` */
  record(record: JournalRecord<Declaration>): void {
    this.#shared?.journal.append(record)
  }

  /** As `record`, for a metric: gives its number in this thread's journal. */
  recordFamily(record: Extract<JournalRecord<Declaration>, { family: Declaration }>): number {
    this.record(record)
    return this.#families++ // not if that has thrown: the journal's readers number what they read
  }

  /** Each call in any of the threads gives more than every call before. */
  takeTicket(): number {
    return this.#shared?.memory.takeTicket() ?? ++this.#tickets
  }
}

function newBuffer(length: number): Int32Array {
  const bytes = length * Int32Array.BYTES_PER_ELEMENT
  return new Int32Array(
    typeof SharedArrayBuffer === 'function' ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes),
  )
}
