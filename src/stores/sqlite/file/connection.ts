/** A connection to the file, with its prepared statements. */
import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { type Prepared, prepare } from '../tables/prepared.ts'
import { type Tables, tablesOf } from '../tables/schema.ts'

/** Identifies a file, as long as it is open or exists. */
export interface FileId {
  readonly dev: number
  readonly ino: number
  /** Time at which it was created, where the file system has it: a removed file can leave its inode to the next one. */
  readonly birthtimeMs: number
}

/** Returns the identity of the file at a path; `undefined` if there is none. */
export function fileIdOf(path: string): FileId | undefined {
  return statSync(path, { throwIfNoEntry: false })
}

export function isSameFile(a: FileId, b: FileId | undefined): boolean {
  return a.ino === b?.ino && a.dev === b.dev
}

export const PAGE_BYTES = 4096

/** Number of visits that are noted at a time, so that writing them does not block for long. */
const MAX_VISITED = 1000

export interface ConnectionOptions {
  readonly path: string
  readonly id: FileId
  readonly generation: number
  readonly isReadOnly?: boolean
}

export class Connection {
  readonly tables: Tables
  /** Path of the file, without links. */
  readonly path: string
  /** Identity of the file. */
  readonly id: FileId
  /** Another number for each file, also if it has the identity of a removed one. */
  readonly generation: number
  /** True if this process may not write the file. */
  readonly isReadOnly: boolean
  readonly #db: DatabaseSync
  readonly #begin
  readonly #beginRead
  readonly #commit
  readonly #rollBack
  readonly #pages: Prepared<{ page_count: number }>
  readonly #freePages: Prepared<{ freelist_count: number }>
  readonly #dataVersion: Prepared<{ data_version: number }>
  readonly #visited = new Set<number>()
  #writes = 0

  constructor(db: DatabaseSync, { path, id, generation, isReadOnly = false }: ConnectionOptions) {
    this.id = id
    this.generation = generation
    this.isReadOnly = isReadOnly
    this.#db = db
    this.path = path
    this.tables = tablesOf(db)
    this.#begin = prepare(db, 'BEGIN IMMEDIATE')
    this.#beginRead = prepare(db, 'BEGIN')
    this.#commit = prepare(db, 'COMMIT')
    this.#rollBack = prepare(db, 'ROLLBACK')
    this.#pages = prepare(db, 'PRAGMA page_count')
    this.#freePages = prepare(db, 'PRAGMA freelist_count')
    this.#dataVersion = prepare(db, 'PRAGMA data_version')
  }

  /** True if the path still leads to the file of this connection. */
  get isCurrent(): boolean {
    return isSameFile(this.id, fileIdOf(this.path))
  }

  /** Executes reads on one state of the file. */
  read<T>(work: (tables: Tables) => T): T {
    this.#beginRead.run()
    return this.#finish(work)
  }

  /** Executes a transaction. Nothing of it is visible to others before its end, and nothing remains if it throws. */
  write<T>(work: (tables: Tables) => T): T {
    this.#begin.run()
    this.#writes++
    return this.#finish(work)
  }

  /** Notes that a value was read, until {@link Connection.takeVisited}. */
  visit(id: number): void {
    if (this.#visited.size < MAX_VISITED) this.#visited.add(id)
  }

  /** Returns the ids of the values that were read since the last call: not all if there are many. */
  takeVisited(): number[] {
    const ids = [...this.#visited]
    this.#visited.clear()
    return ids
  }

  /** Size of the file, in bytes. */
  get bytes(): number {
    return (this.#pages.first()?.page_count ?? 0) * PAGE_BYTES
  }

  /** Size of the pages that are in use, in bytes. */
  get usedBytes(): number {
    return this.bytes - (this.#freePages.first()?.freelist_count ?? 0) * PAGE_BYTES
  }

  /** Size of the log, in bytes. */
  get logBytes(): number {
    return statSync(`${this.path}-wal`, { throwIfNoEntry: false })?.size ?? 0
  }

  /** Returns another text after each change of the file by any connection. */
  get state(): string {
    return `${this.#dataVersion.first()?.data_version} ${this.#writes}`
  }

  /** Gives at most `pages` free pages back to the file system. */
  shrink(pages: number): void {
    this.#db.exec(`PRAGMA incremental_vacuum(${pages})`)
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close()
  }

  #finish<T>(work: (tables: Tables) => T): T {
    try {
      const result = work(this.tables)
      this.#commit.run()
      return result
    } catch (error) {
      // Some errors have ended the transaction already.
      if (this.#db.isTransaction) this.#rollBack.run()
      throw error
    }
  }
}
