/** The representation of a user that clients get. */
import type { StoredUser } from '../users/repository.ts'
import type { User } from '../users/user.ts'

/** The members of the JSON object, in order, whatever else the repository returns. */
export function bodyOf({ id, name, email }: StoredUser): User {
  return { id, name, email }
}
