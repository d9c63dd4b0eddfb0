/** Users in a SQLite file, through `node:sqlite`: one adapter for Node and Bun. */
import { mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import { RepositoryBusyError, RepositoryError, UserExistsError, type UserRepository } from './repository.ts'
import { createUsersTable, insertDemoUsers, statements, userColumns } from './schema.ts'
import type { User } from './user.ts'

export interface SqliteOptions {
  /**
   * How long a statement waits for the lock of another writer, in milliseconds; default 100. The driver is synchronous:
   * this wait stops the whole event loop, cache hits included. Readers never wait, for the file is in WAL mode.
   */
  busyTimeoutMs?: number
  /** The same for each wait while opening, when nothing is being served yet, in milliseconds; default 2000. */
  openTimeoutMs?: number
}

/**
 * Opens the SQLite file at `path` (`:memory:` for none; never read as a `file:` URI), and makes it first where it is
 * missing: its folder, the table, and the demo users. They come once: a user who was removed does not return.
 * @throws {RepositoryError} naming the file, when it is locked, cannot be written, is not a database or not ours
 * @throws {RangeError} when an option is not a whole number of milliseconds
 */
export function openSqliteRepository(path: string, options: SqliteOptions = {}): UserRepository {
  const busyTimeoutMs = milliseconds('busyTimeoutMs', options.busyTimeoutMs ?? 100)
  const openTimeoutMs = milliseconds('openTimeoutMs', options.openTimeoutMs ?? 2000)
  // An absolute path cannot be taken for a `file:` URI, and its errors say where we looked.
  const file = path === ':memory:' ? path : resolve(path)
  try {
    if (file !== ':memory:') makeFolder(file)
    const db = openDatabase(file, busyTimeoutMs, openTimeoutMs)
    return overDatabase(db, file === ':memory:' ? () => {} : assertStays(file))
  } catch (cause) {
    if (cause instanceof RepositoryError) throw cause
    throw new RepositoryError(`The database ${file} ${reason(cause)}`, { cause })
  }
}

/**
 * Throws once the path no longer leads to the file that was opened: what is written then would be gone with the next start.
 */
function assertStays(file: string): () => void {
  const opened = statSync(file)

  return function stays() {
    const now = statSync(file, { throwIfNoEntry: false })
    if (now?.ino === opened.ino && now.dev === opened.dev) return
    throw new RepositoryError('The database file was moved, removed or replaced since it was opened')
  }
}

/** @param stays throws when what is written would be lost. */
function overDatabase(db: DatabaseSync, stays: () => void): UserRepository {
  const find = db.prepare(statements.find)
  const findMany = db.prepare(statements.findMany)
  const page = db.prepare(statements.page)
  const count = db.prepare(statements.count)
  const create = db.prepare(statements.create)
  const update = db.prepare(statements.update)
  const remove = db.prepare(statements.remove)
  const ping = db.prepare(statements.ping)

  return {
    async find(id) {
      const row = attempt('find a user', () => find.get(id))
      return row && toUser(row)
    },

    async findMany(ids) {
      return attempt('find users', () => findMany.all(JSON.stringify(ids))).map(toUser)
    },

    async page(limit, after = '') {
      return attempt('read a page of users', () => page.all(after, limit)).map(toUser)
    },

    async count() {
      return attempt('count the users', () => Number(count.get()?.count))
    },

    async create({ id, name, email }) {
      stays()
      const { changes } = attempt('create a user', () => create.run(id, name, email))
      if (changes === 0) throw new UserExistsError(id)
      return { id, name, email }
    },

    async update(id, { name, email }) {
      stays()
      const { changes } = attempt('update a user', () => update.run(id, name, email))
      return changes === 0 ? undefined : { id, name, email }
    },

    async remove(id) {
      stays()
      return attempt('remove a user', () => remove.run(id)).changes !== 0
    },

    async ping() {
      stays()
      attempt('answer a ping', () => ping.get())
    },

    async close() {
      if (db.isOpen) attempt('close', () => db.close())
    },
  }
}

/** Rows have no prototype; users are plain objects. STRICT and NOT NULL vouch for the types. */
function toUser(row: Record<string, SQLOutputValue>): User {
  const { id, name, email } = row as User
  return { id, name, email }
}

function attempt<T>(operation: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    const Kind = resultCode(cause) === SQLITE_BUSY ? RepositoryBusyError : RepositoryError
    throw new Kind(`The database could not ${operation}: it ${reason(cause)}`, { cause })
  }
}

/** 'hitr': marks the file as ours in its header. */
const applicationId = 0x68697472
const schemaVersion = 1

function makeFolder(file: string): void {
  let isFolder: boolean | undefined
  try {
    mkdirSync(dirname(file), { recursive: true })
    isFolder = statSync(file, { throwIfNoEntry: false })?.isDirectory()
  } catch (cause) {
    throw new RepositoryError(`The folder of the database ${file} cannot be made or read`, { cause })
  }
  if (isFolder) throw new RepositoryError(`The database ${file} is a folder, not a file`)
}

function openDatabase(file: string, busyTimeoutMs: number, openTimeoutMs: number): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: openTimeoutMs })
  try {
    prepareSchema(db, file)
    useWriteAheadLog(db)
    db.exec(`PRAGMA synchronous = FULL; PRAGMA busy_timeout = ${busyTimeoutMs}`)
    return db
  } catch (cause) {
    // This also rolls back what was begun.
    db.close()
    throw cause
  }
}

/** Nothing is written before the file is known to be blank, so that the file of another program stays as it is. */
function prepareSchema(db: DatabaseSync, file: string): void {
  // IMMEDIATE takes the write lock: two openers of a new file cannot both find it blank, and a file that is locked or
  // read-only says so now and not at the first write.
  db.exec('BEGIN IMMEDIATE')
  if (isBlank(db)) {
    db.exec(createUsersTable)
    db.exec(insertDemoUsers)
    db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`)
  }
  assertOurs(db, file)
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
  if (headerNumber(db, 'application_id') !== applicationId) {
    throw new RepositoryError(
      `The database ${file} belongs to another program: its application_id is not hitrate's`,
    )
  }
  const version = headerNumber(db, 'user_version')
  if (version !== schemaVersion) {
    throw new RepositoryError(
      `The database ${file} has schema version ${version}; this hitrate knows ${schemaVersion}`,
    )
  }
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

/** Where WAL is impossible (in memory, some network file systems), SQLite keeps its own mode and works all the same. */
function useWriteAheadLog(db: DatabaseSync): void {
  for (let attemptsLeft = 3; ; attemptsLeft--) {
    try {
      db.exec('PRAGMA journal_mode = WAL')
      return
    } catch (cause) {
      if (attemptsLeft === 0 || resultCode(cause) !== SQLITE_BUSY) throw cause
      // When two threads open a new file, one finds the other in the middle of this switch, and SQLite does not wait
      // here. It does wait for a transaction to begin.
      db.exec('BEGIN IMMEDIATE; ROLLBACK')
    }
  }
}

const SQLITE_BUSY = 5

/** What went wrong with the database, as the end of a sentence; the driver's own words stay in `cause`. */
function reason(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_INVALID_STATE') return 'is closed'
  switch (resultCode(cause)) {
    case SQLITE_BUSY:
    case 6:
      return 'is locked by another connection'
    case 8:
      return 'cannot be written'
    case 10:
      return 'cannot be read or written: input/output error'
    case 11:
      return 'is damaged'
    case 13:
      return 'has no room: the disk is full'
    case 14:
      return 'cannot be opened or made there'
    case 26:
      return 'is not a SQLite database'
    default:
      return 'failed'
  }
}

/** The primary result code (https://sqlite.org/rescode.html); its upper bits tell variants of one error. */
function resultCode(cause: unknown): number | undefined {
  return cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : undefined
}

function milliseconds(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new RangeError(`${option} must be a whole number of milliseconds, not ${value}`)
}
