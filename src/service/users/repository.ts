/** Where users are kept for good: the interface that every adapter implements, and the errors it may throw. */
import type { User, UserChange } from './user.ts'

export interface UserRepository {
  /** The user with this id, or `undefined`. */
  find(id: string): Promise<User | undefined>
  /** Those of `ids` that exist, in ascending order of id, each once. */
  findMany(ids: readonly string[]): Promise<User[]>
  /** At most `limit` users in ascending order of id, from the first whose id is greater than `after`. */
  page(limit: number, after?: string): Promise<User[]>
  count(): Promise<number>
  /** @throws {UserExistsError} when the id is taken; nothing is changed then. */
  create(user: User): Promise<User>
  /** The user as it is now, or `undefined` when there is none with this id. */
  update(id: string, change: UserChange): Promise<User | undefined>
  /** True when there was such a user. */
  remove(id: string): Promise<boolean>
  /** Resolves when the backend answers. @throws {RepositoryError} when it does not. */
  ping(): Promise<void>
  /** Gives back files and connections; nothing may be called afterwards. */
  close(): Promise<void>
}

/** The backend failed or could not be opened; `cause` is the driver's own error and never leaves the process. */
export class RepositoryError extends Error {
  override name = 'RepositoryError'
}

/** Another has the lock just now: nothing was changed, and asking again may help. */
export class RepositoryBusyError extends RepositoryError {}

/** A create met an id that is taken. */
export class UserExistsError extends Error {
  override name = 'UserExistsError'
  readonly id: string

  constructor(id: string) {
    super(`A user with the id ${id} exists`)
    this.id = id
  }
}
