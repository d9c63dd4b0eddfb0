/** Compares files, so that one is not used for two purposes. */
import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/**
 * Returns true if two paths, or `file:` URIs of SQLite, name the same database, also by links or relative paths, and also if it
 * does not exist yet. The files beside a database (`-wal`, `-shm`, `-journal`, `-lock`) count as the database.
 */
export function isSameFile(one: string, other: string): boolean {
  const [first, second] = [databasePath(one), databasePath(other)]
  return canonicalPath(first) === canonicalPath(second) || isSameInode(first, second)
}

function databasePath(text: string): string {
  const [, uriPath] = /^file:(?:\/\/[^/]*)?([^?#]+)/.exec(text) ?? []
  const path = uriPath?.replace(/%([\da-f]{2})/gi, (_, code) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  )
  return (path ?? text).replace(/-(?:wal|shm|journal|lock)$/, '')
}

/** Follows the links of the part of the path that exists. */
function canonicalPath(path: string): string {
  const absolute = resolve(path)
  try {
    return realpathSync(absolute)
  } catch {
    const folder = dirname(absolute)
    return folder === absolute ? absolute : join(canonicalPath(folder), basename(absolute))
  }
}

/** Hard links, and names that differ in case only on some file systems, are one file with several paths. */
function isSameInode(one: string, other: string): boolean {
  const [first, second] = [one, other].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }))
  return first !== undefined && first.ino === second?.ino && first.dev === second.dev
}
