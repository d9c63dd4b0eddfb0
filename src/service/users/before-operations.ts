/** Runs a function before each operation on users. */
import type { CompleteRepository } from './repository.ts'

/**
 * Wraps `repository`. Every operation on users first waits for `before`, and rejects with its error; `ping` and `close` do not.
 * @param before gets the name of the operation.
 */
export function beforeOperations(
  repository: CompleteRepository,
  before: (operation: keyof CompleteRepository) => Promise<void>,
): CompleteRepository {
  async function call<T>(name: keyof CompleteRepository, operation: () => Promise<T>): Promise<T> {
    await before(name)
    return operation()
  }

  return {
    find: (id) => call('find', () => repository.find(id)),
    findMany: (ids) => call('findMany', () => repository.findMany(ids)),
    page: (limit, after) => call('page', () => repository.page(limit, after)),
    count: () => call('count', () => repository.count()),
    create: (user) => call('create', () => repository.create(user)),
    update: (id, change) => call('update', () => repository.update(id, change)),
    updateIfUnchanged: (current, change) =>
      call('updateIfUnchanged', () => repository.updateIfUnchanged(current, change)),
    remove: (id) => call('remove', () => repository.remove(id)),
    removeIfUnchanged: (current) => call('removeIfUnchanged', () => repository.removeIfUnchanged(current)),
    ping: () => repository.ping(),
    close: () => repository.close(),
  }
}
