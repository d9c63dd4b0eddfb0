/** The database of a history: a version per key, and a lock per key. Records every write. */
import type { ReadRecord, WriteRecord } from '../history.ts'
import type { Key } from './messages.ts'

export class Database {
  readonly writes: WriteRecord[] = []
  readonly reads: ReadRecord[] = []
  readonly #versions = new Map<Key, number>()
  readonly #records = new Map<string, WriteRecord>()
  /** The process that holds the lock of a key, then those that wait for it. */
  readonly #locks = new Map<Key, { process: string; granted: () => void }[]>()

  get(key: Key): number {
    return this.#versions.get(key) ?? 0
  }

  bump(key: Key, process: string, startedAt: number): number {
    const version = this.get(key) + 1
    this.#versions.set(key, version)
    const record: WriteRecord = { key, version, process, startedAt }
    this.writes.push(record)
    this.#records.set(`${key} ${version}`, record)
    return version
  }

  called(key: Key, version: number, at: number): void {
    const record = this.#records.get(`${key} ${version}`)
    if (record !== undefined) record.calledAt = at
  }

  confirmed(key: Key, version: number, at: number | undefined): void {
    const record = this.#records.get(`${key} ${version}`)
    if (record !== undefined) record.confirmedAt = at
  }

  /** The process has repeated its invalidations until they were confirmed, so all of its writes are. */
  confirmAll(process: string, at: number): void {
    for (const record of this.writes) {
      if (record.process === process && record.calledAt !== undefined) record.confirmedAt ??= at
    }
  }

  /** Calls `granted` when the process has the lock. */
  lock(key: Key, process: string, granted: () => void): void {
    const queue = this.#locks.get(key) ?? []
    this.#locks.set(key, queue)
    queue.push({ process, granted })
    if (queue.length === 1) granted()
  }

  unlock(key: Key): void {
    const queue = this.#locks.get(key)
    queue?.shift()
    queue?.[0]?.granted()
  }

  /** Gives up the locks of a process that has ended. */
  release(process: string): void {
    for (const [key, queue] of this.#locks) {
      const hadLock = queue[0]?.process === process
      const others = queue.filter((waiting) => waiting.process !== process)
      this.#locks.set(key, others)
      if (hadLock) others[0]?.granted()
    }
  }
}
