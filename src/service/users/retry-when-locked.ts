/** A repository that waits when another has the lock: several threads write to one file, and each write is short. */
import { RepositoryBusyError, type UserRepository } from './repository.ts'

export interface PatientOptions {
  /** How long to go on asking, in milliseconds. Default 2000. */
  patienceMs?: number
  /** Resolves after so many milliseconds. Default: a timer. */
  sleep?: (ms: number) => Promise<void>
  /** Monotonic ms. Default `performance.now`. */
  timer?: () => number
  /** From 0 to 1: so that those who wait do not come back together. Default `Math.random`. */
  random?: () => number
}

/** The longest wait before the next try, in ms; the mean is half of it. */
const LONGEST_WAIT_MS = 20

/**
 * `repository`, but what is refused because it is locked is asked for again until it is done, or patience is over. Between
 * the tries this thread does other work: a driver that waits by itself would stop it. Nothing is done twice, for what is
 * refused so has changed nothing.
 */
export function patient(repository: UserRepository, options: PatientOptions = {}): UserRepository {
  const {
    patienceMs = 2000,
    sleep = byTimer,
    timer = () => performance.now(),
    random = Math.random,
  } = options

  async function done<T>(operation: () => Promise<T>): Promise<T> {
    const startedAt = timer()
    for (;;) {
      try {
        return await operation()
      } catch (error) {
        const waitMs = 1 + random() * (LONGEST_WAIT_MS - 1)
        const isOver = timer() + waitMs - startedAt > patienceMs
        if (isOver || !(error instanceof RepositoryBusyError)) throw error
        await sleep(waitMs)
      }
    }
  }

  return {
    find: (id) => done(() => repository.find(id)),
    findMany: (ids) => done(() => repository.findMany(ids)),
    page: (limit, after) => done(() => repository.page(limit, after)),
    count: () => done(() => repository.count()),
    create: (user) => done(() => repository.create(user)),
    update: (id, change) => done(() => repository.update(id, change)),
    remove: (id) => done(() => repository.remove(id)),
    ping: () => done(() => repository.ping()),
    close: () => repository.close(),
  }
}

function byTimer(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
