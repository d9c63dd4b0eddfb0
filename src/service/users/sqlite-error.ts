/** Result codes of SQLite, and messages that describe them. */

/** Result code: another connection has the lock. */
export const SQLITE_BUSY = 5

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
