/** The database of users: the interface of its adapters, and the errors that they throw. */
import type { User, UserChange } from './user.ts'

/** A user as the database has it. */
export interface StoredUser extends User {
  /**
   * Time of the last change, epoch ms. Without it, responses have no `Last-Modified`, and `If-Unmodified-Since` is ignored (RFC
   * 9110 §13.1.4).
   */
  modifiedAt?: number
}

/** `updateIfUnchanged` and `removeIfUnchanged` may be missing: see {@link withCompareAndSet}. */
export interface UserRepository {
  /** Returns the user with this id, or `undefined`. */
  find(id: string): Promise<StoredUser | undefined>
  /** Returns the existing users among `ids`, in ascending order of id, without duplicates. */
  findMany(ids: readonly string[]): Promise<StoredUser[]>
  /** Returns at most `limit` users in ascending order of id, starting after the id `after`. */
  page(limit: number, after?: string): Promise<StoredUser[]>
  /** Returns the number of all users. */
  count(): Promise<number>
  /** Stores a new user and returns it. @throws {UserExistsError} when the id is taken; nothing is changed then. */
  create(user: User): Promise<StoredUser>
  /** Changes a user and returns it, or `undefined` when no user has this id. */
  update(id: string, change: UserChange): Promise<StoredUser | undefined>
  /**
   * Changes a user and returns it, if the stored user still equals `current`, which an earlier `find` returned. Returns
   * `undefined`, with nothing changed, when the user was changed or removed since. The comparison and the write are one step: no
   * write of another thread or process comes between them.
   */
  updateIfUnchanged?(current: StoredUser, change: UserChange): Promise<StoredUser | undefined>
  /** Deletes a user. Returns false when no user has this id. */
  remove(id: string): Promise<boolean>
  /** Deletes a user if the stored user still equals `current`, in one step. Returns false when it was changed or removed since. */
  removeIfUnchanged?(current: StoredUser): Promise<boolean>
  /** Checks the backend. @throws {RepositoryError} when it does not respond. */
  ping(): Promise<void>
  /** Closes files and connections. No other method may be called afterwards. */
  close(): Promise<void>
}

/** A repository with all methods, as the adapters of the service are. */
export type CompleteRepository = Required<UserRepository>

/** The kind of a failure, for operators. `moved`: the path leads to another file than the one that was opened. */
export type FailureReason = 'damaged' | 'disk full' | 'locked' | 'moved' | 'read-only' | 'unreadable'

/**
 * Thrown when the backend failed or could not be opened. `cause` is the driver's error; it is logged, but never sent to
 * clients.
 */
export class RepositoryError extends Error {
  override name = 'RepositoryError'
  /** `undefined` if the backend does not tell. */
  readonly reason: FailureReason | undefined

  constructor(message: string, options: ErrorOptions & { reason?: FailureReason | undefined } = {}) {
    super(message, options)
    this.reason = options.reason
  }
}

/** Thrown while another connection has the lock. Nothing was changed, so a retry may succeed. `reason` is `locked` by default. */
export class RepositoryBusyError extends RepositoryError {
  constructor(message: string, options: ConstructorParameters<typeof RepositoryError>[1] = {}) {
    super(message, { reason: 'locked', ...options })
  }
}

/** Thrown by `create` when the id is taken. */
export class UserExistsError extends Error {
  override name = 'UserExistsError'
  readonly id: string

  constructor(id: string) {
    super(`A user with the id ${id} already exists`)
    this.id = id
  }
}
