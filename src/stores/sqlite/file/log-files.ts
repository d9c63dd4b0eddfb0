/** The log of a file, which SQLite makes when it opens the file. */
import { rmSync } from 'node:fs'
import { type FileId, fileIdOf, isSameFile } from './connection.ts'

/** The log beside a file, and the index of the log, which has the locks of its users. */
export interface Log {
  readonly file: FileId | undefined
  readonly index: FileId | undefined
}

export function logOf(path: string): Log {
  return { file: fileIdOf(`${path}-wal`), index: fileIdOf(`${path}-shm`) }
}

/** Returns false if one of the two files was missing before, or was replaced since. */
export function isSameLog({ file, index }: Log, now: Log): boolean {
  return (
    file !== undefined && isSameFile(file, now.file) && index !== undefined && isSameFile(index, now.index)
  )
}

/**
 * SQLite makes a missing log when it opens a file. The users of the file have another one, so the next opening must not take the
 * new one for theirs.
 */
export function removeNewLog(path: string, { file, index }: Log): void {
  const now = logOf(path)
  if (file === undefined || !isSameFile(file, now.file)) rmSync(`${path}-wal`, { force: true })
  if (index === undefined || !isSameFile(index, now.index)) rmSync(`${path}-shm`, { force: true })
}
