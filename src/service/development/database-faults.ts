/** A database that can be made slow and broken while the service runs, to show what the cache does then. */
import { pause } from '../../process/pause.ts'
import { beforeOperations } from '../users/before-operations.ts'
import { type CompleteRepository, RepositoryError } from '../users/repository.ts'

/** Time in ms that each operation takes longer while the database is slow. */
export const SLOW_MS = 2000

export class DatabaseFaults {
  isSlow = false
  isBroken = false
  #operations = 0
  readonly #sleep: (ms: number) => Promise<void>

  /** @param sleep resolves after `ms` milliseconds. Default: a timer. */
  constructor(sleep: (ms: number) => Promise<void> = pause) {
    this.#sleep = sleep
  }

  /** Number of operations on users so far, the failed ones included. */
  get operations(): number {
    return this.#operations
  }

  /** Returns the repository with these faults. `ping` fails too while the database is broken. */
  applyTo(repository: CompleteRepository): CompleteRepository {
    const faulty = beforeOperations(repository, async () => {
      this.#operations++
      if (this.isSlow) await this.#sleep(SLOW_MS)
      this.#failIfBroken()
    })
    return {
      ...faulty,
      ping: async () => {
        this.#failIfBroken()
        await repository.ping()
      },
    }
  }

  #failIfBroken(): void {
    if (this.isBroken) throw new RepositoryError('The database is broken by the button of the dashboard')
  }
}
