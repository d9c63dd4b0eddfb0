/** Kinds of errors by the result codes of SQLite (https://sqlite.org/rescode.html). */

/** True if another connection has a lock, so that the same operation can succeed later. */
export function isBusy(error: unknown): boolean {
  return error instanceof BusyError || [BUSY, LOCKED, PROTOCOL].includes(primaryCode(error))
}

/** True if the content of the file is damaged. */
export function isDamaged(error: unknown): boolean {
  return [CORRUPT, NOT_A_DATABASE].includes(primaryCode(error)) || extendedCode(error) === SHORT_READ
}

/** True if the file cannot be written: the disk is full or fails, or the file is read-only. */
export function isUnwritable(error: unknown): boolean {
  return [READ_ONLY, IO_ERROR, FULL, CANNOT_OPEN].includes(primaryCode(error))
}

/** Another process uses the file, which may end soon. */
export class BusyError extends Error {
  override name = 'BusyError'
}

const BUSY = 5
const LOCKED = 6
const READ_ONLY = 8
const IO_ERROR = 10
const CORRUPT = 11
const FULL = 13
const CANNOT_OPEN = 14
const PROTOCOL = 15
const NOT_A_DATABASE = 26
const SHORT_READ = 522

/** The lowest byte, without the details of the extended code. */
function primaryCode(error: unknown): number {
  return extendedCode(error) & 0xff
}

function extendedCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0
}
