/**
 * The lock under which the file is opened and replaced: a second database, whose lock the system releases when a process ends.
 *
 * It holds the generation of the valid file. A file with another generation is an older one that was moved back to its path, or
 * a copy: it lacks the invalidations of the files after it. It also holds the identity of the log that the users of the file
 * have. Another log was made by another program after the log had been removed.
 */
import { chmodSync, closeSync, openSync, statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { Facts, factsSchema } from '../tables/facts.ts'
import { fileIdOf, isSameFile } from './connection.ts'
import type { SqliteDriver } from './file-checks.ts'
import { BusyError } from './result-codes.ts'

/** State of the file, as the lock file holds it. */
export interface FileRecord {
  /** 0 if there is none. */
  readonly generation: number
  /** Identity of the log; empty if there is none. */
  readonly log: string
}

/** Marks the database of a lock: "hitl". */
const APPLICATION_ID = 0x6869746c

export function lockPathOf(path: string): string {
  return `${path}-lock`
}

/** Returns another text after the lock of a file was written, as it is for each new file. */
export function lockStateOf(path: string): string {
  const { ino, mtimeMs } = statSync(lockPathOf(path), { throwIfNoEntry: false }) ?? {}
  return `${ino} ${mtimeMs}`
}

export class FileLock {
  readonly #facts: Facts
  readonly #isNew: boolean

  private constructor(db: DatabaseSync, isNew = false) {
    this.#facts = new Facts(db)
    this.#isNew = isNew
  }

  /**
   * Runs `work` while no other process opens or replaces the file.
   *
   * @throws {BusyError} if the lock was removed meanwhile, so that others may have taken a new one.
   */
  static hold<T>(Driver: SqliteDriver, path: string, work: (lock: FileLock) => T): T {
    const lockPath = lockPathOf(path)
    createMissing(lockPath)
    const id = fileIdOf(lockPath)
    const db = new Driver(lockPath, { timeout: 0 })
    const requireSame = () => {
      if (id === undefined || !isSameFile(id, fileIdOf(lockPath)))
        throw new BusyError(`${lockPath} was removed`)
    }
    try {
      db.exec('PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
      requireSame()
      const isNew = initialize(db, lockPath)
      const result = work(new FileLock(db, isNew))
      db.exec('COMMIT')
      requireSame()
      return result
    } finally {
      db.close()
    }
  }

  /** Returns the record of the valid file, for a process that cannot get the lock. */
  static read(Driver: SqliteDriver, path: string): FileRecord {
    const db = new Driver(lockPathOf(path), { timeout: 0, readOnly: true })
    try {
      return new FileLock(db).record
    } finally {
      db.close()
    }
  }

  get record(): FileRecord {
    return {
      generation: Number(this.#facts.get('generation') ?? 0),
      log: String(this.#facts.get('log') ?? ''),
    }
  }

  set record({ generation, log }: FileRecord) {
    this.#facts.set('generation', generation)
    this.#facts.set('log', log)
  }

  /** Permissions of the lock at this path, which are those of the file, also after the file was removed. */
  static permissionsOf(path: string): number {
    return statSync(lockPathOf(path)).mode
  }

  /**
   * Gives a new lock the permissions of the file. With more of them, users who cannot read the file could hold its lock; with
   * fewer, users who can write the file could not open it.
   */
  copyPermissions(path: string): void {
    if (this.#isNew) chmodSync(lockPathOf(path), statSync(path).mode & 0o777)
  }
}

/** An existing one is not opened, because closing it would end the locks of other threads of this process. */
function createMissing(lockPath: string): void {
  try {
    closeSync(openSync(lockPath, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

/**
 * Returns true if the lock is new.
 *
 * @throws {Error} for a database of another program.
 */
function initialize(db: DatabaseSync, lockPath: string): boolean {
  const { application_id: application } = db.prepare('PRAGMA application_id').get() ?? {}
  if (application === APPLICATION_ID) return false
  const hasTables = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() !== undefined
  if (application !== 0 || hasTables) throw new Error(`${lockPath} is a database of another program`)
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}; ${factsSchema}`)
  return true
}
