/**
 * Opens the file, creates a missing one, and replaces one that cannot be trusted.
 *
 * No fsync is ever made, so the file is trusted only until the machine restarts: after that it may be damaged or lack
 * invalidations. A copy of the file is not trusted either, because it lacks the invalidations that came after it was made.
 *
 * All this happens under a lock of all processes. To replace the file, its name is removed first: other processes see that at
 * their next operation, and wait for the lock. A crash then leaves the log of a file that does not exist, which is removed with
 * the next opening; a file without its log would look valid and lack its last invalidations.
 */
import { closeSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { isSameBoot } from './boot-id.ts'
import { Connection, type FileId, fileIdOf, PAGE_BYTES } from './connection.ts'
import { isDamaged } from './result-codes.ts'
import { Facts } from './tables/facts.ts'
import { SCHEMA_VERSION, schema } from './tables/schema.ts'

export interface OpenFileOptions {
  readonly Driver: typeof DatabaseSync
  readonly path: string
  /** Identifies the start of the machine. */
  readonly boot: string
  /** File that must not be used any more. */
  readonly unusable?: FileId | undefined
}

/** Marks a file as a cache of this library: "hitc". */
const APPLICATION_ID = 0x68697463

/** Size of the pages that a connection keeps in memory, in KiB. */
const CACHE_KIB = 8192

/** Number of pages in the log at which they are copied to the file. Few, so that the copy does not block for long. */
const CHECKPOINT_PAGES = 250

/** Size to which the log is cut when it starts again, in bytes. */
const MAX_LOG_BYTES = 4 * 1024 * 1024

/** @throws the driver's error, or an Error that says why the file cannot be used. */
export function openFile(options: OpenFileOptions): Connection {
  const { path, unusable } = options
  mkdirSync(dirname(path), { recursive: true })
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error(`${path} is a folder`)
  return withLock(options, () => {
    const found = fileIdOf(path)
    const isUnusable = found !== undefined && found.ino === unusable?.ino && found.dev === unusable.dev
    const existing = found === undefined || isUnusable ? undefined : openExisting(options, found)
    return existing ?? create(options)
  })
}

/** Runs `work` while no other process opens or replaces the file. The system releases the lock of a process that ends. */
function withLock<T>({ Driver, path }: OpenFileOptions, work: () => T): T {
  const lock = new Driver(`${path}-lock`, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return work()
  } finally {
    lock.close()
  }
}

/** Returns `undefined` if the file has to be replaced. */
function openExisting({ Driver, path, boot }: OpenFileOptions, id: FileId): Connection | undefined {
  const db = new Driver(path, { timeout: 0 })
  try {
    const isOurs = isCache(db, path)
    configure(db)
    if (!isOurs) initialize(db, boot, id)
    if (isTrusted(db, boot, id)) return new Connection(db, path, id)
    db.close()
    return undefined
  } catch (error) {
    db.close()
    if (isDamaged(error) && isDamagedCache(Driver, path)) return undefined
    throw error
  }
}

/**
 * Returns true for a cache of this library, and false for a file without content.
 *
 * @throws {Error} for a file of another program.
 */
function isCache(db: DatabaseSync, path: string): boolean {
  const application = pragma(db, 'application_id')
  if (application === APPLICATION_ID) return true
  const isBlank = application === 0 && pragma(db, 'user_version') === 0 && !hasTables(db)
  if (isBlank) return false
  throw new Error(`${path} is a database of another program`)
}

/** SQLite opens a truncated file only if damage of its tables is to be repaired. */
function isDamagedCache(Driver: typeof DatabaseSync, path: string): boolean {
  const db = new Driver(path, { timeout: 0, defensive: false })
  try {
    db.exec('PRAGMA writable_schema = ON')
    return pragma(db, 'application_id') === APPLICATION_ID
  } catch {
    return false
  } finally {
    db.close()
  }
}

function isTrusted(db: DatabaseSync, boot: string, { ino }: FileId): boolean {
  if (pragma(db, 'user_version') !== SCHEMA_VERSION) return false
  const facts = new Facts(db)
  return isSameBoot(String(facts.get('boot')), boot) && facts.get('inode') === ino
}

function create({ Driver, path, boot }: OpenFileOptions): Connection {
  removeFile(path)
  // SQLite would let every user of the machine read the values. It gives the files beside this one the same permissions.
  closeSync(openSync(path, 'wx', 0o600))
  const db = new Driver(path, { timeout: 0 })
  try {
    const id = fileIdOf(path)
    if (id === undefined) throw new Error(`${path} was removed`)
    configure(db)
    initialize(db, boot, id)
    return new Connection(db, path, id)
  } catch (error) {
    db.close()
    throw error
  }
}

/** Removes the file before its log; see above. */
function removeFile(path: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true })
}

/** The settings of a connection. Those of the file have an effect only while it is empty. */
function configure(db: DatabaseSync): void {
  db.exec(`
    PRAGMA synchronous = OFF;
    PRAGMA page_size = ${PAGE_BYTES};
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA cache_size = -${CACHE_KIB};
    PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
    PRAGMA journal_size_limit = ${MAX_LOG_BYTES};
  `)
}

/** Creates the tables in an empty file. */
function initialize(db: DatabaseSync, boot: string, { ino }: FileId): void {
  db.exec(`BEGIN IMMEDIATE; ${schema}`)
  const facts = new Facts(db)
  facts.set('boot', boot)
  facts.set('inode', ino)
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
}

function hasTables(db: DatabaseSync): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() !== undefined
}

function pragma(db: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name])
}
