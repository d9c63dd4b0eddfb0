/**
 * A slow repository that shows the effect of the cache. It resembles the simulated database of the service that this project
 * replaces.
 */
import { pause } from '../pause.ts'
import type { CompleteRepository } from './repository.ts'

/**
 * Wraps `repository`. Every operation on users first waits `ms` milliseconds; `ping` and `close` do not wait.
 * @param sleep resolves after `ms` milliseconds. Default: a timer.
 * @throws {RangeError} when `ms` is negative or not finite
 */
export function delayed(
  repository: CompleteRepository,
  ms: number,
  sleep: (ms: number) => Promise<void> = pause,
): CompleteRepository {
  if (!(Number.isFinite(ms) && ms >= 0)) {
    throw new RangeError(`The delay of a repository must be 0 ms or more, got ${ms}`)
  }

  async function afterDelay<T>(operation: () => Promise<T>): Promise<T> {
    await sleep(ms)
    return operation()
  }

  return {
    find: (id) => afterDelay(() => repository.find(id)),
    findMany: (ids) => afterDelay(() => repository.findMany(ids)),
    page: (limit, after) => afterDelay(() => repository.page(limit, after)),
    count: () => afterDelay(() => repository.count()),
    create: (user) => afterDelay(() => repository.create(user)),
    update: (id, change) => afterDelay(() => repository.update(id, change)),
    updateIfUnchanged: (current, change) => afterDelay(() => repository.updateIfUnchanged(current, change)),
    remove: (id) => afterDelay(() => repository.remove(id)),
    removeIfUnchanged: (current) => afterDelay(() => repository.removeIfUnchanged(current)),
    ping: () => repository.ping(),
    close: () => repository.close(),
  }
}
