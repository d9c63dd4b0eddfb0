/**
 * Opens the file, creates a missing one, and replaces one that cannot be trusted.
 *
 * No fsync is ever made, so the file is trusted only until the machine restarts: after that it may be damaged or lack
 * invalidations. A copy of the file is not trusted either, because it lacks the invalidations that came after it was made.
 *
 * All this happens under a lock of all processes. To replace the file, its name is removed first: other processes see that at
 * their next operation, and wait for the lock. A crash then leaves the log of a file that does not exist, which is removed with
 * the next opening; a file without its log would look valid and lack its last invalidations.
 *
 * An existing file is never opened but by SQLite: a process that closes any descriptor of a file loses its locks of that file.
 */
import { accessSync, constants, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { SCHEMA_VERSION } from '../tables/schema.ts'
import { Connection, type FileId, fileIdOf, isSameFile } from './connection.ts'
import { configure, initialize, newGeneration, replaceFile } from './create-file.ts'
import {
  isCache,
  isDamagedCache,
  isInUse,
  isTrusted,
  type SqliteDriver,
  versionOfCache,
} from './file-checks.ts'
import { FileLock, lockPathOf } from './file-lock.ts'
import { hasLog, logOf, withoutNewLog } from './log-files.ts'
import { BusyError, isDamaged } from './result-codes.ts'

export interface OpenFileOptions {
  readonly Driver: SqliteDriver
  readonly path: string
  /** Identifies the start of the machine. */
  readonly boot: string
  /** File that must not be used any more. */
  readonly unusable: FileId | undefined
  /** True to wait for a process that is closing the file. */
  readonly waitsForUsers: boolean
}

/** @throws the driver's error, or an Error that says why the file cannot be used. */
export function openFile(options: OpenFileOptions): Connection {
  const { Driver, path } = options
  mkdirSync(dirname(path), { recursive: true })
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isDirectory()) throw new Error(`${path} is a folder`)
  // SQLite resolves links too, so that all processes use the same lock.
  const resolved = found === undefined ? options : { ...options, path: realpathSync(path) }
  if (found !== undefined && !isWritable(resolved.path)) return openReadOnly(resolved)
  let connection: Connection | undefined
  try {
    return FileLock.hold(Driver, resolved.path, (lock) => {
      connection = openLocked(resolved, lock)
      return connection
    })
  } catch (error) {
    connection?.close() // the generation could not be written
    throw error
  }
}

function openLocked(options: OpenFileOptions, lock: FileLock): Connection {
  const id = fileIdOf(options.path)
  const isUsable = id !== undefined && !isSameFile(id, options.unusable)
  return (isUsable ? openExisting(options, lock, id) : undefined) ?? create(options, lock)
}

/** Returns `undefined` if the file has to be replaced. */
function openExisting(options: OpenFileOptions, lock: FileLock, id: FileId): Connection | undefined {
  const { Driver, path } = options
  const hadLog = hasLog(path)
  const isKnownLog = hadLog && lock.record.log === logOf(path)
  try {
    const version = withoutNewLog(path, () => versionOfCache(Driver, path))
    if (version === undefined) return hadLog ? undefined : initialized(options, lock, id) // emptied while it was used
    if ((!isKnownLog || version > SCHEMA_VERSION) && hasUsers(options, version)) return undefined
    return trusted(options, lock, id)
  } catch (error) {
    if (!isDamaged(error)) throw error
    if (withoutNewLog(path, () => isDamagedCache(Driver, path))) return undefined
    throw new Error(`${path} is no database of hitrate`, { cause: error })
  }
}

/**
 * Returns true if the file is in use. Processes that use a file with another log would not see the invalidations of this one. A
 * file of a newer version is replaced only after its users have ended, because old and new would replace it in turn.
 */
function hasUsers({ Driver, path, waitsForUsers }: OpenFileOptions, version: number): boolean {
  if (!withoutNewLog(path, () => isInUse(Driver, path))) return false
  if (waitsForUsers) throw new BusyError(`${path} is being closed`)
  if (version > SCHEMA_VERSION) throw new Error(`${path} is in use by a newer version of hitrate`)
  return true
}

/** Returns the connection; `undefined` if the file has to be replaced. */
function trusted(options: OpenFileOptions, lock: FileLock, id: FileId): Connection | undefined {
  const { Driver, path, boot } = options
  const { generation } = lock.record
  const db = new Driver(path, { timeout: 0 })
  return orClose(db, () => {
    configure(db)
    if (isTrusted(db, { boot, file: id, generation })) return connected(path, lock, db, id, generation)
    db.close()
    return undefined
  })
}

function create(options: OpenFileOptions, lock: FileLock): Connection {
  const { path } = options
  replaceFile(path, FileLock.permissionsOf(path))
  const id = fileIdOf(path)
  if (id === undefined) throw new Error(`${path} was removed`)
  return initialized(options, lock, id)
}

/** Creates the tables in an empty file. */
function initialized({ Driver, path, boot }: OpenFileOptions, lock: FileLock, id: FileId): Connection {
  const generation = newGeneration()
  const db = new Driver(path, { timeout: 0 })
  return orClose(db, () => {
    initialize(db, { boot, file: id, generation })
    configure(db)
    isCache(db, path) // opens the log
    lock.copyPermissions(path)
    return connected(path, lock, db, id, generation)
  })
}

/** Returns a connection that has its log, and records which file and log are valid. */
function connected(
  path: string,
  lock: FileLock,
  db: DatabaseSync,
  id: FileId,
  generation: number,
): Connection {
  const record = { generation, log: logOf(path) }
  if (lock.record.generation !== generation || lock.record.log !== record.log) lock.record = record
  return new Connection(db, { path, id, generation })
}

/**
 * Opens a file that this process cannot write, and so not lock. That it is the same file before and after it was opened means
 * that its log is the right one, because the name of a replaced file is removed before its log.
 */
function openReadOnly({ Driver, path, boot, unusable }: OpenFileOptions): Connection {
  const id = fileIdOf(path)
  if (id === undefined || isSameFile(id, unusable)) throw new Error(`${path} cannot be written`)
  const { generation, log } = FileLock.read(Driver, path)
  if (log === '' || log !== logOf(path)) throw new Error(`${path} cannot be written, and no process uses it`)
  const db = new Driver(path, { timeout: 0, readOnly: true })
  return orClose(db, () => {
    const isValid = isCache(db, path) && isTrusted(db, { boot, file: id, generation })
    if (isValid && isSameFile(id, fileIdOf(path))) {
      return new Connection(db, { path, id, generation, isReadOnly: true })
    }
    throw new Error(`${path} cannot be written, and its values are not valid any more`)
  })
}

/** Closes the database if `work` throws. */
function orClose<T>(db: DatabaseSync, work: () => T): T {
  try {
    return work()
  } catch (error) {
    db.close()
    throw error
  }
}

function isWritable(path: string): boolean {
  const lock = lockPathOf(path)
  return canWrite(path) && canWrite(existsSync(lock) ? lock : dirname(path))
}

function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
