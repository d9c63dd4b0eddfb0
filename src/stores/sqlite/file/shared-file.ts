/** The file as one store uses it: opened when it is needed, and opened again after it was replaced. */

import { Patience } from '../timing/patience.ts'
import type { Timing } from '../timing/timing.ts'
import { bootId } from './boot-id.ts'
import { type Connection, type FileId, fileIdOf, isSameFile } from './connection.ts'
import type { SqliteDriver } from './file-checks.ts'
import { lockStateOf } from './file-lock.ts'
import { openFile } from './open-file.ts'
import { isBusy, isDamaged } from './result-codes.ts'

/** Time in which the file must be opened, in ms. Other processes may open it at the same time. */
const OPEN_MS = 1000

/** Time for which an opening waits for a process that seems to be closing the file, in ms. */
const CLOSING_MS = 50

/** Number of times that an operation opens the file. */
const MAX_OPENINGS = 3

/** Time without an operation after which another file may have been used meanwhile, in ms. */
const IDLE_MS = 1

/** Time after which a file that could not be written is opened again, in ms. */
const READ_ONLY_MS = 1000

export class SharedFile {
  readonly #path: string
  readonly #timing: Timing
  #connection: Connection | undefined
  /** Time at which the connection was opened, by the monotonic clock. */
  #openedAt = 0
  /** Time of the last operation, by the monotonic clock. */
  #usedAt = 0
  /** State of the lock when the file was opened. */
  #lockState = ''
  #opening: Promise<void> | undefined
  /** A file that is to be replaced if the path still leads to it. */
  #unusable: FileId | undefined
  #isClosed = false

  constructor(path: string, timing: Timing) {
    this.#path = path
    this.#timing = timing
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** True once the file was opened, although it may have been removed since. */
  get isOpen(): boolean {
    return this.#connection !== undefined
  }

  /**
   * Runs `work`, which must not wait. Makes its first attempt before it returns. While another connection has a lock, it tries
   * again for as long as `patience` allows. A damaged file is replaced.
   */
  async run<T>(patience: Patience, work: (connection: Connection) => T): Promise<T> {
    for (let openings = 0; ; ) {
      if (this.#isClosed) throw new Error('the store is closed')
      try {
        const connection = this.#current()
        if (connection !== undefined) return work(connection)
      } catch (error) {
        if (isBusy(error) && (await patience.wait())) continue
        if (!isDamaged(error)) throw error
        this.#replaceNext()
      }
      if (openings++ === MAX_OPENINGS) throw new Error(`${this.#path} was replaced again and again`)
      await this.#open()
    }
  }

  /**
   * Removes the file with all values, and opens a new one.
   *
   * @throws the error of the opening, if the old file is still there.
   */
  async replace(): Promise<void> {
    const old = this.#connection?.id
    this.#replaceNext()
    try {
      await this.#open()
    } catch (error) {
      const isRemoved = old !== undefined && !isSameFile(old, fileIdOf(this.#path))
      if (isRemoved) return
      this.#unusable = undefined // its other values are as valid as before
      throw error
    }
  }

  close(): void {
    this.#isClosed = true
    this.#drop()
  }

  /** Returns the connection to the file that the path leads to; `undefined` if the file must be opened. */
  #current(): Connection | undefined {
    const connection = this.#connection
    if (connection === undefined) return undefined
    const now = this.#timing.timer()
    const isUsable = !connection.isReadOnly || now - this.#openedAt < READ_ONLY_MS
    const wasIdle = now - this.#usedAt > IDLE_MS
    this.#usedAt = now
    if (isUsable && connection.isCurrent && !(wasIdle && this.#wasReplaced(connection))) return connection
    this.#drop()
    return undefined
  }

  /** The path leads to the file again if it was moved away and back. In between, another file may have got invalidations. */
  #wasReplaced(connection: Connection): boolean {
    return lockStateOf(connection.path) !== this.#lockState
  }

  #replaceNext(): void {
    this.#unusable = this.#connection?.id ?? this.#unusable
    this.#drop()
  }

  #drop(): void {
    const connection = this.#connection
    this.#connection = undefined
    connection?.close()
  }

  /** One opening at a time. */
  #open(): Promise<void> {
    this.#opening ??= this.#openOnce()
    return this.#opening
  }

  async #openOnce(): Promise<void> {
    try {
      const Driver = await loadDriver()
      const patience = new Patience(this.#timing, OPEN_MS)
      while (this.#connection === undefined) {
        if (this.#isClosed) throw new Error('the store is closed')
        await this.#tryToOpen(Driver, patience)
      }
    } finally {
      this.#opening = undefined
    }
  }

  async #tryToOpen(Driver: SqliteDriver, patience: Patience): Promise<void> {
    try {
      const waitsForUsers = patience.elapsedMs < CLOSING_MS
      const options = { Driver, path: this.#path, boot: bootId(), unusable: this.#unusable, waitsForUsers }
      this.#connection = openFile(options)
      this.#openedAt = this.#timing.timer()
      this.#usedAt = this.#openedAt
      this.#lockState = lockStateOf(this.#connection.path)
      this.#unusable = undefined
    } catch (error) {
      if (!isBusy(error) || !(await patience.wait())) throw error
    }
  }
}

/** At the first use, because Node prints a warning when `node:sqlite` is loaded. */
async function loadDriver(): Promise<SqliteDriver> {
  return (await import('node:sqlite')).DatabaseSync
}
