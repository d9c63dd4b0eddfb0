/** Result codes of SQLite, and the errors of the repository that describe them. */
import { type FailureReason, RepositoryBusyError, RepositoryError } from './repository.ts'

/** Result code: another connection has the lock. */
export const SQLITE_BUSY = 5

/**
 * Returns the result of `run`.
 * @param operation what the database should do, for the message.
 * @throws {RepositoryError} when the driver throws; a {@link RepositoryBusyError} while the file is locked.
 */
export function attempt<T>(operation: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    const ErrorClass = resultCode(cause) === SQLITE_BUSY ? RepositoryBusyError : RepositoryError
    const message = `The database could not ${operation}: it ${describeError(cause)}`
    throw new ErrorClass(message, { cause, reason: failureReason(cause) })
  }
}

function failureReason(cause: unknown): FailureReason | undefined {
  switch (resultCode(cause)) {
    case SQLITE_BUSY:
    case 6:
      return 'locked'
    case 8:
      return 'read-only'
    case 10:
    case 14:
      return 'unreadable'
    case 11:
    case 26:
      return 'damaged'
    case 13:
      return 'disk full'
    default:
      return undefined
  }
}

/**
 * Returns a description that completes a sentence about the database ("is locked by ..."). The driver's own message stays in
 * `cause`.
 */
export function describeError(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_INVALID_STATE') return 'is closed'
  switch (resultCode(cause)) {
    case SQLITE_BUSY:
    case 6:
      return 'is locked by another connection'
    case 8:
      return 'cannot be written'
    case 10:
      return 'cannot be read or written: input/output error'
    case 11:
      return 'is damaged'
    case 13:
      return 'has no room: the disk is full'
    case 14:
      return 'cannot be opened or created there'
    case 26:
      return 'is not a SQLite database'
    default:
      return 'failed'
  }
}

/** Returns the primary result code (https://sqlite.org/rescode.html), without the upper bits of the extended codes. */
export function resultCode(cause: unknown): number | undefined {
  return cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : undefined
}
