/**
 * The public names of `hitrate/service`: the ready-made app with its users API. The SQLite and D1 repositories are not exported:
 * `node:sqlite` cannot be loaded on Workers, and D1's types come from another package.
 */

export type { RequestIdMode } from '../process/ids/request-ids.ts'
export type { AnsweredRequest, ClientOf } from '../process/requests/answered-request.ts'
export { createApp, createFetch } from '../service/app.ts'
export { DEFAULT_TARGETED_CONTROL } from '../service/default-targeted-control.ts'
export type { Parts } from '../service/parts.ts'
export { type InMemoryOptions, inMemoryRepository } from '../service/users/in-memory.ts'
export {
  type FailureReason,
  RepositoryBusyError,
  RepositoryError,
  type StoredUser,
  UserExistsError,
  type UserRepository,
} from '../service/users/repository.ts'
export { demoUsers, type User, type UserChange } from '../service/users/user.ts'
