/** The log of a file, and the index of the log, which has the locks of its users. SQLite makes both when it opens the file. */
import { rmSync } from 'node:fs'
import { type FileId, fileIdOf, isSameFile } from './connection.ts'

const ENDS = ['-wal', '-shm'] as const

/** Returns the identity of both; an empty text if one is missing. */
export function logOf(path: string): string {
  const ids = ENDS.map((end) => fileIdOf(`${path}${end}`))
  return ids.every((id) => id !== undefined) ? ids.map((id) => `${id.dev}:${id.ino}`).join(' ') : ''
}

export function hasLog(path: string): boolean {
  return fileIdOf(`${path}-wal`) !== undefined
}

/**
 * Runs `work`, and removes what it made of a log. The users of the file have another log, so that the next opening must not take
 * the new one for theirs.
 */
export function withoutNewLog<T>(path: string, work: () => T): T {
  const before = new Map<string, FileId | undefined>(ENDS.map((end) => [end, fileIdOf(`${path}${end}`)]))
  try {
    return work()
  } finally {
    for (const [end, id] of before) {
      if (id === undefined || !isSameFile(id, fileIdOf(`${path}${end}`)))
        rmSync(`${path}${end}`, { force: true })
    }
  }
}
