/** Opens a SQLite file: creates its folder and tables if they are missing, migrates older ones, and refuses files of other programs. */
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { migrateSqlite, SCHEMA_VERSION } from './migrate-sqlite.ts'
import { userColumns } from './migrations.ts'
import { RepositoryError } from './repository.ts'
import { resultCode, SQLITE_BUSY } from './sqlite-error.ts'

/** The `application_id` in the header of the file, which marks it as one of hitrate's: 'hitr'. */
export const APPLICATION_ID = 0x68697472

/** Creates the folder of the file. @throws {RepositoryError} when the folder cannot be created, or `file` is a folder. */
export function createFolderOf(file: string): void {
  let isFolder: boolean | undefined
  try {
    mkdirSync(dirname(file), { recursive: true })
    isFolder = statSync(file, { throwIfNoEntry: false })?.isDirectory()
  } catch (cause) {
    throw new RepositoryError(`The folder of the database ${file} cannot be created or read`, { cause })
  }
  if (isFolder) throw new RepositoryError(`The database ${file} is a folder, not a file`)
}

/**
 * Opens the file, creates the tables in a new one, and migrates an older one. Throws the driver's errors unchanged.
 * @throws {RepositoryError} when the file belongs to another program or to a newer version.
 */
export function openDatabase(file: string, busyTimeoutMs: number, openTimeoutMs: number): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: openTimeoutMs })
  try {
    prepareSchema(db, file)
    useWriteAheadLog(db)
    db.exec(`PRAGMA synchronous = FULL; PRAGMA busy_timeout = ${busyTimeoutMs}`)
    return db
  } catch (cause) {
    // Closing also rolls back an open transaction.
    db.close()
    throw cause
  }
}

/** Creates tables in a blank file only, so that the file of another program stays unchanged. */
function prepareSchema(db: DatabaseSync, file: string): void {
  // IMMEDIATE takes the write lock at once. So two threads that open a new or an old file cannot both find it so, and a locked or
  // read-only file fails here instead of at the first write.
  db.exec('BEGIN IMMEDIATE')
  if (isBlank(db)) db.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
  else assertOurs(db, file)
  migrateSqlite(db, headerNumber(db, 'user_version'))
  assertColumns(db, file)
  db.exec('COMMIT')
}

function isBlank(db: DatabaseSync): boolean {
  return (
    headerNumber(db, 'application_id') === 0 &&
    headerNumber(db, 'user_version') === 0 &&
    db.prepare('SELECT name FROM sqlite_schema LIMIT 1').get() === undefined
  )
}

function assertOurs(db: DatabaseSync, file: string): void {
  if (headerNumber(db, 'application_id') !== APPLICATION_ID) {
    throw new RepositoryError(
      `The database ${file} belongs to another program: its application_id is not hitrate's`,
    )
  }
  const version = headerNumber(db, 'user_version')
  if (version < 1 || version > SCHEMA_VERSION) {
    throw new RepositoryError(
      `The database ${file} has schema version ${version}; this hitrate supports 1 to ${SCHEMA_VERSION}`,
    )
  }
}

function assertColumns(db: DatabaseSync, file: string): void {
  const columns = db.prepare("SELECT name FROM pragma_table_info('users') ORDER BY cid").all()
  const found = columns.map((column) => column.name).join(', ')
  const expected = userColumns.join(', ')
  if (found !== expected) {
    throw new RepositoryError(
      `The database ${file} has a table users with the columns (${found}) instead of (${expected})`,
    )
  }
}

function headerNumber(db: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name])
}

/**
 * Switches the file to WAL mode. Where that is impossible (in memory, on some network file systems), SQLite keeps its current
 * mode.
 */
function useWriteAheadLog(db: DatabaseSync): void {
  for (let attemptsLeft = 3; ; attemptsLeft--) {
    try {
      db.exec('PRAGMA journal_mode = WAL')
      return
    } catch (cause) {
      if (attemptsLeft === 0 || resultCode(cause) !== SQLITE_BUSY) throw cause
      // If another thread is opening the same new file, the switch to WAL may fail at once, without waiting for the lock. BEGIN
      // IMMEDIATE waits for the lock, and the next attempt follows.
      db.exec('BEGIN IMMEDIATE; ROLLBACK')
    }
  }
}
