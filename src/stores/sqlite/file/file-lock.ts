/**
 * The lock under which the file is opened and replaced: a second database, whose lock the system releases when a process ends.
 *
 * It holds the generation of the valid file. A file with another generation is an older one that was moved back to its path, or
 * a copy: it lacks the invalidations of the files after it.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { SqliteDriver } from './file-checks.ts'

/** Marks the database of a lock: "hitl". */
const APPLICATION_ID = 0x6869746c

export function lockPathOf(path: string): string {
  return `${path}-lock`
}

export class FileLock {
  readonly #db: DatabaseSync

  private constructor(db: DatabaseSync) {
    this.#db = db
  }

  /** Runs `work` while no other process opens or replaces the file. */
  static hold<T>(Driver: SqliteDriver, path: string, work: (lock: FileLock) => T): T {
    const db = new Driver(lockPathOf(path), { timeout: 0 })
    try {
      db.exec('PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
      const lock = new FileLock(db)
      lock.#requireOurs(path)
      const result = work(lock)
      db.exec('COMMIT')
      return result
    } finally {
      db.close()
    }
  }

  /** Returns the generation of the valid file, for a process that cannot get the lock. */
  static readGeneration(Driver: SqliteDriver, path: string): number {
    const db = new Driver(lockPathOf(path), { timeout: 0, readOnly: true })
    try {
      return new FileLock(db).generation
    } finally {
      db.close()
    }
  }

  /** Generation of the valid file; 0 if there is none. */
  get generation(): number {
    return this.#number('user_version')
  }

  set generation(generation: number) {
    this.#db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${generation}`)
  }

  #requireOurs(path: string): void {
    const application = this.#number('application_id')
    if (application === 0 || application === APPLICATION_ID) return
    throw new Error(`${lockPathOf(path)} is a database of another program`)
  }

  #number(pragma: 'application_id' | 'user_version'): number {
    return Number(this.#db.prepare(`PRAGMA ${pragma}`).get()?.[pragma])
  }
}
