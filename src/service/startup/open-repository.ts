/** Opens the configured repository on Bun and Node, which have a file system. */

import { inMemoryRepository } from '../users/in-memory.ts'
import { inTurns } from '../users/in-turns.ts'
import { checkFileOnPing } from '../users/ping/check-file-on-ping.ts'
import { sharePing } from '../users/ping/share-ping.ts'
import type { CompleteRepository } from '../users/repository.ts'
import { retryWhenLocked } from '../users/retry-when-locked.ts'
import { openSqliteRepository } from '../users/sqlite.ts'
import type { Config } from './config.ts'

/** @throws {RepositoryError} when the database cannot be used; its message names the file. */
export function openRepository(database: Config['database']): CompleteRepository {
  if (database.kind === 'memory') return inMemoryRepository()
  // The driver's busy timeout is 0, because it would block the event loop while SQLite waits for a lock. Retries replace it.
  const repository = openSqliteRepository(database.path, { busyTimeoutMs: 0 })
  return sharePing(inTurns(retryWhenLocked(checkFileOnPing(repository, database.path))))
}
