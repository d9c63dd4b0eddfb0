/** From configuration to the repository, where there is a file system: on Bun and Node. */
import { inMemoryRepository } from '../repository/in-memory.ts'
import { patient } from '../repository/patient.ts'
import type { UserRepository } from '../repository/repository.ts'
import { openSqliteRepository } from '../repository/sqlite.ts'
import type { Config } from './config.ts'

/** @throws {RepositoryError} when the database cannot be used; its message names the file. */
export function openRepository(database: Config['database']): UserRepository {
  if (database.kind === 'memory') return inMemoryRepository()
  return patient(openSqliteRepository(database.path, { busyTimeoutMs: 0 })) // SQLite would stop the thread while it waits
}
