/** Creates the file with its tables, and removes it. */
import { closeSync, fchmodSync, openSync, rmSync, statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { Facts } from '../tables/facts.ts'
import { SCHEMA_VERSION, schema } from '../tables/schema.ts'
import { type FileId, PAGE_BYTES } from './connection.ts'

/** Marks a file as a cache of this library: "hitc". */
export const APPLICATION_ID = 0x68697463

/** Size of the pages that a connection keeps in memory, in KiB. */
const CACHE_KIB = 4096

/** Number of pages in the log at which they are copied to the file. Few, so that the copy does not block for long. */
const CHECKPOINT_PAGES = 250

/** Size to which the log is cut when it starts again, in bytes. */
const MAX_LOG_BYTES = 4 * 1024 * 1024

/** The settings of a connection. */
export function configure(db: DatabaseSync): void {
  db.exec(`
    PRAGMA synchronous = OFF;
    PRAGMA journal_mode = WAL;
    PRAGMA cache_size = -${CACHE_KIB};
    PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
    PRAGMA journal_size_limit = ${MAX_LOG_BYTES};
  `)
}

/** Facts by which a file is trusted later. */
export interface FileStamp {
  /** Start of the machine. */
  readonly boot: string
  readonly file: FileId
  readonly generation: number
}

/** Creates the tables in an empty file. Without a log, so that the file is recognized even if its log is lost. */
export function initialize(db: DatabaseSync, stamp: FileStamp): void {
  db.exec(`
    PRAGMA synchronous = OFF;
    PRAGMA page_size = ${PAGE_BYTES};
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = MEMORY;
    BEGIN IMMEDIATE;
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${SCHEMA_VERSION};
    ${schema}
  `)
  const facts = new Facts(db)
  facts.set('boot', stamp.boot)
  facts.set('stamp', stampText(stamp))
  db.exec('COMMIT')
}

/** Text of a stamp without the start of the machine, which is not always known exactly. */
export function stampText({ file: { ino, birthtimeMs }, generation }: FileStamp): string {
  return `${ino} ${Math.floor(birthtimeMs)} ${generation}`
}

/** Returns a number from 1 to 2^31 - 1 that no other file is likely to have. */
export function newGeneration(): number {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1))
  return number >>> 1 || 1
}

/**
 * Puts an empty file in place of the file and its log. The file is removed before its log: a crash between the two must not leave
 * a file without its last changes.
 *
 * SQLite would let every user of the machine read the values. It gives the files beside this one the same permissions.
 *
 * @param permissions of the new file if there is no old one
 */
export function replaceFile(path: string, permissions: number): void {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? permissions
  for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true })
  const file = openSync(path, 'wx', 0o600)
  fchmodSync(file, mode & 0o777) // not subject to the umask
  closeSync(file)
}
