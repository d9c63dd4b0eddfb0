/** Brings the tables of a SQLite file to the last version. Its `user_version` is the number of the last migration that it has. */
import type { DatabaseSync } from 'node:sqlite'
import { migrations } from './migrations.ts'

/** The version of a file after the last migration. */
export const SCHEMA_VERSION = migrations.length

/**
 * Applies the migrations that a file of this version lacks. The caller holds the write lock in a transaction: so a crash leaves the
 * old version, and of several threads and processes that open an old file, one migrates. Throws the driver's errors unchanged.
 *
 * @param version the `user_version` of the file; 0 for a new one.
 */
export function migrateSqlite(db: DatabaseSync, version: number): void {
  if (version === SCHEMA_VERSION) return
  for (const { statements } of migrations.slice(appliedIn(version))) {
    for (const statement of statements) db.exec(statement)
  }
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
}

/** The first two migrations made version 1, so a file of this version has the demo users, or had them. */
function appliedIn(version: number): number {
  return version === 1 ? 2 : version
}
