/** The file as one store uses it: opened when it is needed, and opened again after it was replaced. */
import type { DatabaseSync } from 'node:sqlite'
import { bootId } from './boot-id.ts'
import type { Connection, FileId } from './connection.ts'
import { openFile } from './open-file.ts'
import { Patience } from './patience.ts'
import { isBusy, isDamaged } from './result-codes.ts'
import type { Timing } from './timing.ts'

/** Time in which the file must be opened, in ms. Other processes may open it at the same time. */
const OPEN_MS = 1000

/** Number of times that an operation opens the file. */
const MAX_OPENINGS = 3

export class SharedFile {
  readonly #path: string
  readonly #timing: Timing
  #connection: Connection | undefined
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

  /** The connection to the file that the path leads to; `undefined` if the file must be opened. */
  get current(): Connection | undefined {
    const connection = this.#connection
    if (connection === undefined || connection.isCurrent) return connection
    this.#drop()
    return undefined
  }

  /**
   * Runs `work`, which must not wait. Makes its first attempt before it returns. While another connection has a lock, it tries
   * again for as long as `patience` allows. A damaged file is replaced.
   */
  async run<T>(patience: Patience, work: (connection: Connection) => T): Promise<T> {
    for (let openings = 0; ; ) {
      if (this.#isClosed) throw new Error('the store is closed')
      try {
        const connection = this.current
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

  /** Removes the file with all values, and opens a new one. */
  async replace(): Promise<void> {
    if (this.current !== undefined) this.#replaceNext()
    await this.#open()
  }

  close(): void {
    this.#isClosed = true
    this.#drop()
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
    this.#opening ??= this.#openOnce().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #openOnce(): Promise<void> {
    const Driver = await loadDriver()
    const patience = new Patience(this.#timing, OPEN_MS)
    for (;;) {
      if (this.#isClosed) throw new Error('the store is closed')
      try {
        this.#connection = openFile({
          Driver,
          path: this.#path,
          boot: bootId(),
          unusable: this.#unusable,
        })
        this.#unusable = undefined
        return
      } catch (error) {
        if (!isBusy(error) || !(await patience.wait())) throw error
      }
    }
  }
}

/** At the first use, because Node prints a warning when `node:sqlite` is loaded. */
async function loadDriver(): Promise<typeof DatabaseSync> {
  return (await import('node:sqlite')).DatabaseSync
}
