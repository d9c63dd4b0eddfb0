/** A repository that takes its time, like the original example's simulated database: what a cache is worth, made visible. */
import type { UserRepository } from './repository.ts'

/**
 * `repository`, but every operation on users waits `ms` milliseconds first; `ping` and `close` do not.
 * @param sleep resolves after so many milliseconds; default: a timer
 * @throws {RangeError} when `ms` is negative or not finite
 */
export function delayed(
  repository: UserRepository,
  ms: number,
  sleep: (ms: number) => Promise<void> = timer,
): UserRepository {
  if (!(Number.isFinite(ms) && ms >= 0)) {
    throw new RangeError(`The delay of a repository must be 0 ms or more, not ${ms}`)
  }

  async function later<T>(operation: () => Promise<T>): Promise<T> {
    await sleep(ms)
    return operation()
  }

  return {
    find: (id) => later(() => repository.find(id)),
    findMany: (ids) => later(() => repository.findMany(ids)),
    page: (limit, after) => later(() => repository.page(limit, after)),
    count: () => later(() => repository.count()),
    create: (user) => later(() => repository.create(user)),
    update: (id, change) => later(() => repository.update(id, change)),
    remove: (id) => later(() => repository.remove(id)),
    ping: () => repository.ping(),
    close: () => repository.close(),
  }
}

function timer(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
