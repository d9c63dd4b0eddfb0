/**
 * Keeps a synchronous database from holding the event loop. A flood of loads, each of which takes little time, would otherwise run
 * one after the other before the next hit is served.
 */
import type { CompleteRepository } from './repository.ts'

export interface TurnsOptions {
  /** Calls back in the next turn of the event loop, after requests that have arrived. Default: `setImmediate`. */
  inNextTurn?: (run: () => void) => void
  /** Monotonic clock in ms. Default: `performance.now`. */
  timer?: () => number
}

/** Time in ms after the first operation of a turn during which further ones begin at once. The work that follows them counts too. */
const TURN_MS = 2

/**
 * Time in ms of the waiting operations that begin in one turn. The work that follows a page of users takes ten times as long as the
 * operation itself.
 */
const WAITING_MS = 0.2

/**
 * Wraps `repository`. Operations begin at once, until those of the present turn of the event loop have taken 2 ms. Later ones wait,
 * and begin in order in the next turns, a few in each. `ping` and `close` do not wait.
 */
export function inTurns(repository: CompleteRepository, options: TurnsOptions = {}): CompleteRepository {
  const turns = new Turns(options)
  return {
    find: (id) => turns.begin(() => repository.find(id)),
    findMany: (ids) => turns.begin(() => repository.findMany(ids)),
    page: (limit, after) => turns.begin(() => repository.page(limit, after)),
    count: () => turns.begin(() => repository.count()),
    create: (user) => turns.begin(() => repository.create(user)),
    update: (id, change) => turns.begin(() => repository.update(id, change)),
    updateIfUnchanged: (current, change) => turns.begin(() => repository.updateIfUnchanged(current, change)),
    remove: (id) => turns.begin(() => repository.remove(id)),
    removeIfUnchanged: (current) => turns.begin(() => repository.removeIfUnchanged(current)),
    ping: () => repository.ping(),
    close: () => repository.close(),
  }
}

class Turns {
  readonly #inNextTurn: (run: () => void) => void
  readonly #timer: () => number
  readonly #waiting: (() => void)[] = []
  /** Time of the first operation of this turn. */
  #turnBegan: number | undefined

  constructor({ inNextTurn = setImmediate, timer = () => performance.now() }: TurnsOptions) {
    this.#inNextTurn = inNextTurn
    this.#timer = timer
  }

  begin<T>(operation: () => Promise<T>): Promise<T> {
    const now = this.#timer()
    if (this.#turnBegan === undefined) {
      this.#turnBegan = now
      this.#inNextTurn(() => this.#beginTurn())
    }
    if (this.#waiting.length === 0 && now - this.#turnBegan < TURN_MS) return operation()
    return new Promise((resolve) => this.#waiting.push(() => resolve(operation())))
  }

  #beginTurn(): void {
    const began = this.#timer()
    this.#turnBegan = undefined
    // One begins in any case, also when the system has interrupted the process meanwhile.
    do this.#waiting.shift()?.()
    while (this.#waiting.length > 0 && this.#timer() - began < WAITING_MS)
    if (this.#waiting.length === 0) return
    this.#turnBegan = began
    this.#inNextTurn(() => this.#beginTurn())
  }
}
