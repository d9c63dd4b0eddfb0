/** Users in a SQLite file, through `node:sqlite`: one adapter for Node and Bun. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { createFolderOf, openDatabase } from './open-sqlite-file.ts'
import { type CompleteRepository, RepositoryError, type StoredUser, UserExistsError } from './repository.ts'
import { statements } from './schema.ts'
import { attempt, describeError } from './sqlite-error.ts'

export interface SqliteOptions {
  /**
   * Longest time in ms that a statement waits for the lock of another writer. Default: 100. The driver is synchronous, so this
   * wait blocks the event loop, even for cache hits. Readers never wait, because the file is in WAL mode.
   */
  busyTimeoutMs?: number
  /** Longest wait in ms of each statement while the file is being opened. Default: 2000. */
  openTimeoutMs?: number
  /** Current time, epoch ms, for `modifiedAt`. Default: `Date.now`. */
  now?: () => number
}

/**
 * Opens the SQLite file at `path`. `:memory:` is a database in memory; a `file:` URI is treated as a path. Creates a missing
 * file with its folder, the tables and the demo users, and migrates a file of an older version. A demo user that was deleted is not
 * inserted again.
 * @throws {RepositoryError} with the file name, when the file is locked, read-only, not a database or not hitrate's
 * @throws {RangeError} when an option is not a whole number of milliseconds
 */
export function openSqliteRepository(path: string, options: SqliteOptions = {}): CompleteRepository {
  const busyTimeoutMs = milliseconds('busyTimeoutMs', options.busyTimeoutMs ?? 100)
  const openTimeoutMs = milliseconds('openTimeoutMs', options.openTimeoutMs ?? 2000)
  // The path is made absolute, so that SQLite cannot mistake it for a `file:` URI and errors name the full path.
  const file = path === ':memory:' ? path : resolve(path)
  try {
    if (file !== ':memory:') createFolderOf(file)
    const db = openDatabase(file, busyTimeoutMs, openTimeoutMs)
    return createRepository(db, file === ':memory:' ? () => {} : fileCheck(file), options.now ?? Date.now)
  } catch (cause) {
    if (cause instanceof RepositoryError) throw cause
    throw new RepositoryError(`The database ${file} ${describeError(cause)}`, { cause })
  }
}

/** Returns a function that throws once the path leads to another file. Writes to the old file would be lost at the next start. */
function fileCheck(file: string): () => void {
  const opened = statSync(file)

  return function assertSameFile() {
    const current = statSync(file, { throwIfNoEntry: false })
    if (current?.ino === opened.ino && current.dev === opened.dev) return
    throw new RepositoryError('The database file was moved, removed or replaced since it was opened', {
      reason: 'moved',
    })
  }
}

/** @param assertSameFile is called before each write. */
function createRepository(
  db: DatabaseSync,
  assertSameFile: () => void,
  now: () => number,
): CompleteRepository {
  const find = db.prepare(statements.find)
  const findMany = db.prepare(statements.findMany)
  const page = db.prepare(statements.page)
  const count = db.prepare(statements.count)
  const create = db.prepare(statements.create)
  const update = db.prepare(statements.update)
  const updateIfUnchanged = db.prepare(statements.updateIfUnchanged)
  const remove = db.prepare(statements.remove)
  const removeIfUnchanged = db.prepare(statements.removeIfUnchanged)
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
      assertSameFile()
      const modifiedAt = now()
      const { changes } = attempt('create a user', () => create.run(id, name, email, modifiedAt))
      if (changes === 0) throw new UserExistsError(id)
      return { id, name, email, modifiedAt }
    },

    async update(id, { name, email }) {
      assertSameFile()
      const modifiedAt = now()
      const { changes } = attempt('update a user', () => update.run(id, name, email, modifiedAt))
      return changes === 0 ? undefined : { id, name, email, modifiedAt }
    },

    async updateIfUnchanged(current, { name, email }) {
      assertSameFile()
      const { id } = current
      const modifiedAt = now()
      const expected = [current.name, current.email, current.modifiedAt ?? null]
      const { changes } = attempt('update an unchanged user', () =>
        updateIfUnchanged.run(id, name, email, modifiedAt, ...expected),
      )
      return changes === 0 ? undefined : { id, name, email, modifiedAt }
    },

    async remove(id) {
      assertSameFile()
      return attempt('remove a user', () => remove.run(id)).changes !== 0
    },

    async removeIfUnchanged({ id, name, email, modifiedAt }) {
      assertSameFile()
      const { changes } = attempt('remove an unchanged user', () =>
        removeIfUnchanged.run(id, name, email, modifiedAt ?? null),
      )
      return changes !== 0
    },

    async ping() {
      assertSameFile()
      attempt('answer a ping', () => ping.get())
    },

    async close() {
      if (db.isOpen) attempt('close', () => db.close())
    },
  }
}

/** Converts a row, which has no prototype, to a plain object. STRICT and NOT NULL guarantee the types. */
function toUser(row: Record<string, SQLOutputValue>): StoredUser {
  const { id, name, email, modifiedAt } = row as unknown as Required<StoredUser>
  return { id, name, email, modifiedAt }
}

function milliseconds(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new RangeError(`${option} must be a whole number of milliseconds, got ${value}`)
}
