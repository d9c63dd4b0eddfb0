/** Users in a Map, for demos, tests and `DATABASE_URL=memory:`. They are lost when the process ends. */
import { type CompleteRepository, type StoredUser, UserExistsError } from './repository.ts'
import { demoUsers, type User } from './user.ts'

export interface InMemoryOptions {
  /** Current time, epoch ms, for `modifiedAt`. Default: `Date.now`. */
  now?: () => number
}

/**
 * Creates a repository that never fails, with copies of `users`. Default: the three demo users.
 * @throws {UserExistsError} when two of `users` have the same id
 */
export function inMemoryRepository(
  users: readonly User[] = demoUsers,
  { now = Date.now }: InMemoryOptions = {},
): CompleteRepository {
  const byId = new Map<string, StoredUser>()
  let sortedIds: string[] | undefined

  // Sorts only when a page is read, so that a thousand creates in a row cause one sort.
  function idsInOrder(): string[] {
    sortedIds ??= [...byId.keys()].sort()
    return sortedIds
  }

  function insert(user: User): StoredUser {
    if (byId.has(user.id)) throw new UserExistsError(user.id)
    sortedIds = undefined
    return store(user)
  }

  function store({ id, name, email }: User): StoredUser {
    const user = { id, name, email, modifiedAt: now() }
    byId.set(id, user)
    return { ...user }
  }

  function isUnchanged({ id, name, email, modifiedAt }: StoredUser): boolean {
    const user = byId.get(id)
    if (user === undefined || user.name !== name || user.email !== email) return false
    return modifiedAt === undefined || user.modifiedAt === modifiedAt
  }

  function remove(id: string): boolean {
    const removed = byId.delete(id)
    if (removed) sortedIds = undefined
    return removed
  }

  for (const user of users) insert(user)

  return {
    async find(id) {
      const user = byId.get(id)
      return user && { ...user }
    },

    async findMany(ids) {
      return [...new Set(ids)].sort().flatMap((id) => {
        const user = byId.get(id)
        return user ? [{ ...user }] : []
      })
    },

    async page(limit, after = '') {
      const ids = idsInOrder()
      const start = firstAfter(ids, after)
      return ids.slice(start, start + limit).flatMap((id) => {
        const user = byId.get(id)
        return user ? [{ ...user }] : []
      })
    },

    async count() {
      return byId.size
    },

    async create(user) {
      return insert(user)
    },

    async update(id, change) {
      return byId.has(id) ? store({ ...change, id }) : undefined
    },

    async updateIfUnchanged(current, change) {
      return isUnchanged(current) ? store({ ...change, id: current.id }) : undefined
    },

    async remove(id) {
      return remove(id)
    },

    async removeIfUnchanged(current) {
      return isUnchanged(current) && remove(current.id)
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
