/** Checks of an existing file. */
import type { DatabaseSync } from 'node:sqlite'
import { Facts } from '../tables/facts.ts'
import { SCHEMA_VERSION } from '../tables/schema.ts'
import { isSameBoot } from './boot-id.ts'
import { APPLICATION_ID, type FileStamp, stampText } from './create-file.ts'
import { isBusy } from './result-codes.ts'

export type SqliteDriver = typeof DatabaseSync

/**
 * Returns true for a cache of this library, and false for a file without content.
 *
 * @throws {Error} for a file of another program.
 */
export function isCache(db: DatabaseSync, path: string): boolean {
  const application = pragma(db, 'application_id')
  if (application === APPLICATION_ID) return true
  if (application === 0 && schemaVersionOf(db) === 0 && !hasTables(db)) return false
  throw new Error(`${path} is a database of another program`)
}

/**
 * Returns the version of the schema of a cache of this library, and `undefined` for a file without content.
 *
 * @throws {Error} for a file of another program.
 */
export function versionOfCache(Driver: SqliteDriver, path: string): number | undefined {
  const db = new Driver(path, { timeout: 0 })
  try {
    return isCache(db, path) ? schemaVersionOf(db) : undefined
  } finally {
    db.close()
  }
}

/** Returns true for a cache that SQLite does not open because it is too short. It opens it only for a repair of the tables. */
export function isDamagedCache(Driver: SqliteDriver, path: string): boolean {
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

/** Returns true if a connection has the file open. Each connection holds a lock that excludes exclusive use. */
export function isInUse(Driver: SqliteDriver, path: string): boolean {
  const db = new Driver(path, { timeout: 0 })
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    hasTables(db)
    return false
  } catch (error) {
    if (isBusy(error)) return true
    throw error
  } finally {
    db.close()
  }
}

/**
 * Returns true if the values are valid: the file is of this version, was made since the machine started, is no copy, and no other
 * file was used after it.
 */
export function isTrusted(db: DatabaseSync, stamp: FileStamp): boolean {
  if (schemaVersionOf(db) !== SCHEMA_VERSION) return false
  const facts = new Facts(db)
  return isSameBoot(String(facts.get('boot')), stamp.boot) && facts.get('stamp') === stampText(stamp)
}

function schemaVersionOf(db: DatabaseSync): number {
  return pragma(db, 'user_version')
}

function hasTables(db: DatabaseSync): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() !== undefined
}

function pragma(db: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name])
}
