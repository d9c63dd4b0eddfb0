/** From configuration to the repository, where there is a file system: on Bun and Node. */
import { inMemoryRepository } from '../users/in-memory.ts'
import type { UserRepository } from '../users/repository.ts'
import { patient } from '../users/retry-when-locked.ts'
import { openSqliteRepository } from '../users/sqlite.ts'
import type { Config } from './config.ts'

/** @throws {RepositoryError} when the database cannot be used; its message names the file. */
export function openRepository(database: Config['database']): UserRepository {
  if (database.kind === 'memory') return inMemoryRepository()
  return patient(openSqliteRepository(database.path, { busyTimeoutMs: 0 })) // SQLite would stop the thread while it waits
}
