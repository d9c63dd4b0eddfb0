/** The database of users: the interface of its adapters, and the errors that they throw. */
import type { User, UserChange } from './user.ts'

export interface UserRepository {
  /** Returns the user with this id, or `undefined`. */
  find(id: string): Promise<User | undefined>
  /** Returns the existing users among `ids`, in ascending order of id, without duplicates. */
  findMany(ids: readonly string[]): Promise<User[]>
  /** Returns at most `limit` users in ascending order of id, starting after the id `after`. */
  page(limit: number, after?: string): Promise<User[]>
  /** Returns the number of all users. */
  count(): Promise<number>
  /** Stores a new user and returns it. @throws {UserExistsError} when the id is taken; nothing is changed then. */
  create(user: User): Promise<User>
  /** Changes a user and returns it, or `undefined` when no user has this id. */
  update(id: string, change: UserChange): Promise<User | undefined>
  /** Deletes a user. Returns false when no user has this id. */
  remove(id: string): Promise<boolean>
  /** Checks the backend. @throws {RepositoryError} when it does not respond. */
  ping(): Promise<void>
  /** Closes files and connections. No other method may be called afterwards. */
  close(): Promise<void>
}

/**
 * Thrown when the backend failed or could not be opened. `cause` is the driver's error; it is logged, but never sent to
 * clients.
 */
export class RepositoryError extends Error {
  override name = 'RepositoryError'
}

/** Thrown while another connection has the lock. Nothing was changed, so a retry may succeed. */
export class RepositoryBusyError extends RepositoryError {}

/** Thrown by `create` when the id is taken. */
export class UserExistsError extends Error {
  override name = 'UserExistsError'
  readonly id: string

  constructor(id: string) {
    super(`A user with the id ${id} already exists`)
    this.id = id
  }
}
