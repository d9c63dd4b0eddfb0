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
import { configure, type FileStamp, initialize, newGeneration, replaceFile } from './create-file.ts'
import {
  isCache,
  isDamagedCache,
  isInUse,
  isTrusted,
  type SqliteDriver,
  schemaVersionOf,
} from './file-checks.ts'
import { FileLock, lockPathOf } from './file-lock.ts'
import { isSameLog, type Log, logOf, removeNewLog } from './log-files.ts'
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
  const { Driver, path, boot } = options
  const log = logOf(path)
  const db = new Driver(path, { timeout: 0 })
  try {
    if (!isCache(db, path)) {
      if (log.file === undefined) return initialized(options, lock, db, id)
      db.close() // it was emptied while it was used
      return undefined
    }
    const stamp = { boot, file: id, generation: lock.generation }
    if (isSameLog(log, logOf(path)) && schemaVersionOf(db) <= SCHEMA_VERSION)
      return trusted(path, db, id, stamp)
    db.close()
    removeNewLog(path, log)
    return openUnused(options, id, stamp, log)
  } catch (error) {
    if (db.isOpen) db.close()
    if (isDamaged(error) && isDamagedCache(Driver, path)) return undefined
    throw error
  }
}

/**
 * Opens a file that must have no users. Processes that use a file whose log was removed would not see the invalidations of this
 * one. A file of a newer version is replaced only after its users have ended, because old and new would replace it in turn.
 */
function openUnused(
  options: OpenFileOptions,
  id: FileId,
  stamp: FileStamp,
  log: Log,
): Connection | undefined {
  const { Driver, path } = options
  if (!isInUse(Driver, path)) return trusted(path, new Driver(path, { timeout: 0 }), id, stamp)
  if (options.waitsForUsers) throw new BusyError(`${path} is being closed`)
  const db = new Driver(path, { timeout: 0, readOnly: true })
  const version = schemaVersionOf(db)
  db.close()
  removeNewLog(path, log)
  if (version <= SCHEMA_VERSION) return undefined
  throw new Error(`${path} is in use by a newer version of hitrate`)
}

/** Returns the connection; `undefined` if the file has to be replaced. */
function trusted(path: string, db: DatabaseSync, id: FileId, stamp: FileStamp): Connection | undefined {
  return orClose(db, () => {
    configure(db)
    if (isTrusted(db, stamp)) return new Connection(db, { path, id, generation: stamp.generation })
    db.close()
    return undefined
  })
}

function create(options: OpenFileOptions, lock: FileLock): Connection {
  const { Driver, path } = options
  replaceFile(path)
  const db = new Driver(path, { timeout: 0 })
  return orClose(db, () => {
    const id = fileIdOf(path)
    if (id === undefined) throw new Error(`${path} was removed`)
    return initialized(options, lock, db, id)
  })
}

/** Creates the tables in an empty file. */
function initialized(
  { path, boot }: OpenFileOptions,
  lock: FileLock,
  db: DatabaseSync,
  id: FileId,
): Connection {
  const generation = newGeneration()
  initialize(db, { boot, file: id, generation })
  configure(db)
  isCache(db, path) // opens the log, which must be that of this file
  lock.generation = generation
  return new Connection(db, { path, id, generation })
}

/**
 * Opens a file that this process cannot write, and so not lock. That it is the same file before and after it was opened means
 * that its log is the right one, because the name of a replaced file is removed before its log.
 */
function openReadOnly({ Driver, path, boot, unusable }: OpenFileOptions): Connection {
  const id = fileIdOf(path)
  if (id === undefined || isSameFile(id, unusable)) throw new Error(`${path} cannot be written`)
  const generation = FileLock.readGeneration(Driver, path)
  const db = new Driver(path, { timeout: 0, readOnly: true })
  return orClose(db, () => {
    const isValid = isCache(db, path) && isTrusted(db, { boot, file: id, generation })
    if (isValid && isSameFile(id, fileIdOf(path)))
      return new Connection(db, { path, id, generation, isReadOnly: true })
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
