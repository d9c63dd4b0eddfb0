/** Users in a Map, for demos, tests and `DATABASE_URL=memory:`. They are lost when the process ends. */
import { UserExistsError, type UserRepository } from './repository.ts'
import { demoUsers, type User } from './user.ts'

/**
 * Creates a repository that never fails, with copies of `users`. Default: the three demo users.
 * @throws {UserExistsError} when two of `users` have the same id
 */
export function inMemoryRepository(users: readonly User[] = demoUsers): UserRepository {
  const byId = new Map<string, User>()
  let sortedIds: string[] | undefined

  // Sorts only when a page is read, so that a thousand creates in a row cause one sort.
  function idsInOrder(): string[] {
    sortedIds ??= [...byId.keys()].sort()
    return sortedIds
  }

  function insert(user: User): void {
    if (byId.has(user.id)) throw new UserExistsError(user.id)
    byId.set(user.id, copy(user))
    sortedIds = undefined
  }

  for (const user of users) insert(user)

  return {
    async find(id) {
      const user = byId.get(id)
      return user && copy(user)
    },

    async findMany(ids) {
      return [...new Set(ids)].sort().flatMap((id) => {
        const user = byId.get(id)
        return user ? [copy(user)] : []
      })
    },

    async page(limit, after = '') {
      const ids = idsInOrder()
      const start = firstAfter(ids, after)
      return ids.slice(start, start + limit).flatMap((id) => {
        const user = byId.get(id)
        return user ? [copy(user)] : []
      })
    },

    async count() {
      return byId.size
    },

    async create(user) {
      insert(user)
      return copy(user)
    },

    async update(id, change) {
      if (!byId.has(id)) return undefined
      const user = copy({ ...change, id })
      byId.set(id, user)
      return copy(user)
    },

    async remove(id) {
      const removed = byId.delete(id)
      if (removed) sortedIds = undefined
      return removed
    },

    async ping() {},
    async close() {},
  }
}

/**
 * Index of the first id after `after`, by binary search. Ids are ASCII, so `sort()` and `>` order them as the databases do, by
 * bytes.
 */
function firstAfter(sortedIds: readonly string[], after: string): number {
  let low = 0
  let high = sortedIds.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const id = sortedIds[middle]
    if (id !== undefined && id <= after) low = middle + 1
    else high = middle
  }
  return low
}

function copy({ id, name, email }: User): User {
  return { id, name, email }
}
