/** Writes with preconditions: the check and the write are one step, also beside writes of other threads and processes. */
import type { FieldError } from '../../http/endpoints/problem.ts'
import {
  type CompleteRepository,
  RepositoryBusyError,
  type StoredUser,
  UserExistsError,
} from '../users/repository.ts'
import type { User, UserChange } from '../users/user.ts'
import { failedPrecondition, type Preconditions } from './preconditions.ts'
import { type Validators, validatorsOf } from './user-representation.ts'

/** A precondition did not hold, so nothing was changed. */
export interface Refused {
  failed: FieldError
  /** Validators of the user; `undefined` if there is none. */
  current: Validators | undefined
}

/** Reads of a user that other writes change each time, after which the write gives up. */
const MAX_ATTEMPTS = 20

/**
 * Reads the user, checks the preconditions, and writes unless the user has been changed since the read; then begins again.
 *
 * @param write returns `undefined` when the user was changed since the read, with nothing changed by this write.
 * @throws {RepositoryBusyError} when other writes came between each time.
 */
async function writeIf<Written>(
  repository: CompleteRepository,
  id: string,
  preconditions: Preconditions,
  write: (current: StoredUser | undefined) => Promise<Written | undefined>,
): Promise<Written | Refused> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const user = await repository.find(id)
    const current = user && (await validatorsOf(user))
    const failed = failedPrecondition(preconditions, current)
    if (failed !== undefined) return { failed, current }
    const written = await write(user)
    if (written !== undefined) return written
  }
  throw new RepositoryBusyError(`Other writes changed the user during each of ${MAX_ATTEMPTS} attempts`)
}

/** Stores a new user. Returns `'taken'` when the preconditions hold and its id is taken. */
export function createIf(
  repository: CompleteRepository,
  user: User,
  preconditions: Preconditions,
): Promise<StoredUser | 'taken' | Refused> {
  return writeIf<StoredUser | 'taken'>(repository, user.id, preconditions, async (current) => {
    if (current !== undefined) return 'taken'
    try {
      return await repository.create(user)
    } catch (error) {
      if (error instanceof UserExistsError) return undefined
      throw error
    }
  })
}

/** Changes a user. Returns `'absent'` when the preconditions hold and there is no such user. */
export function updateIf(
  repository: CompleteRepository,
  id: string,
  change: UserChange,
  preconditions: Preconditions,
): Promise<StoredUser | 'absent' | Refused> {
  return writeIf<StoredUser | 'absent'>(repository, id, preconditions, async (current) =>
    current === undefined ? 'absent' : repository.updateIfUnchanged(current, change),
  )
}

/** Deletes a user. Returns `'absent'` when the preconditions hold and there is no such user. */
export function removeIf(
  repository: CompleteRepository,
  id: string,
  preconditions: Preconditions,
): Promise<'removed' | 'absent' | Refused> {
  return writeIf<'removed' | 'absent'>(repository, id, preconditions, async (current) => {
    if (current === undefined) return 'absent'
    return (await repository.removeIfUnchanged(current)) ? 'removed' : undefined
  })
}
