/** Conditional writes over a repository that cannot compare and write in one step. */
import type { CompleteRepository, StoredUser, UserRepository } from './repository.ts'

/**
 * Returns `repository` itself if it has `updateIfUnchanged` and `removeIfUnchanged`. Otherwise the returned repository has them:
 * they read, compare and write, and the writes of the returned repository run one after the other. So no write of this process
 * comes between a comparison and its write. A write of another process can.
 */
export function withCompareAndSet(repository: UserRepository): CompleteRepository {
  if (isComplete(repository)) return repository
  const queue = new WriteQueue()

  /** Runs `write` if the stored user equals `current`. Otherwise returns `undefined`. */
  function ifUnchanged<T>(current: StoredUser, write: () => Promise<T>): Promise<T | undefined> {
    return queue.run(async () => {
      const stored = await repository.find(current.id)
      return stored !== undefined && isSame(stored, current) ? write() : undefined
    })
  }

  return {
    find: (id) => repository.find(id),
    findMany: (ids) => repository.findMany(ids),
    page: (limit, after) => repository.page(limit, after),
    count: () => repository.count(),
    create: (user) => queue.run(() => repository.create(user)),
    update: (id, change) => queue.run(() => repository.update(id, change)),
    updateIfUnchanged: (current, change) => ifUnchanged(current, () => repository.update(current.id, change)),
    remove: (id) => queue.run(() => repository.remove(id)),
    removeIfUnchanged: async (current) =>
      (await ifUnchanged(current, () => repository.remove(current.id))) ?? false,
    ping: () => repository.ping(),
    close: () => repository.close(),
  }
}

function isComplete(repository: UserRepository): repository is CompleteRepository {
  return repository.updateIfUnchanged !== undefined && repository.removeIfUnchanged !== undefined
}

/** The times are compared if `current` has one. */
function isSame(stored: StoredUser, current: StoredUser): boolean {
  const { name, email, modifiedAt = stored.modifiedAt } = current
  return stored.name === name && stored.email === email && stored.modifiedAt === modifiedAt
}

/** Runs each write after the one before it has ended, also if that failed. */
class WriteQueue {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(write: () => Promise<T>): Promise<T> {
    const result = this.#last.then(write)
    this.#last = result.catch(() => {})
    return result
  }
}
