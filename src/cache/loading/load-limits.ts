/**
 * The time limits of loads. A load that has no result at its limit is abandoned: nothing waits for it any more, but its code may
 * still run. The number of such loads is bounded.
 */
import type { CacheCore } from '../core.ts'
import { DeadlineError } from './deadline-error.ts'
import type { Settled, SettledError } from './load-and-store.ts'
import type { Limits } from './lost-after.ts'
import type { TimeLimit } from './single-flight.ts'

/** Number of loads of one key that may run while one of them is abandoned. */
const MAX_OF_KEY = 4

/** Number of abandoned loads of all keys. */
const MAX_ABANDONED = 1000

/**
 * An abandoned load counts as ended after this many times its limit, because it may never end. With {@link MAX_OF_KEY} it lets
 * one load of a key start as soon as the previous one is abandoned.
 */
const LOST_AFTER_LIMITS = MAX_OF_KEY - 1

type Core = Pick<CacheCore, 'name' | 'log' | 'deadlines' | 'background'>

export class LoadLimits {
  readonly #core: Core
  /** For each key with an abandoned load: its abandoned loads, and those that have started since. */
  readonly #ofKey = new Map<string, Set<Promise<unknown>>>()
  #abandoned = 0

  constructor(core: Core) {
    this.#core = core
  }

  /** Returns an error if a load of the key must not start, because too many abandoned loads still run. */
  refusal(storeKey: string, { loadTimeoutMs = Infinity }: Limits): SettledError | undefined {
    if (loadTimeoutMs === Infinity || this.#abandoned === 0) return undefined
    const loads = this.#ofKey.get(storeKey)?.size ?? 0
    if (this.#abandoned < MAX_ABANDONED && loads < MAX_OF_KEY) return undefined
    return this.#timedOut(loadTimeoutMs)
  }

  /** The time limit of a load; `undefined` if it has none. */
  limitOf(storeKey: string, { loadTimeoutMs = Infinity }: Limits): TimeLimit<Settled> | undefined {
    if (loadTimeoutMs === Infinity) return undefined
    return {
      ms: loadTimeoutMs,
      schedule: this.#core.deadlines,
      onStart: (load) => this.#count(storeKey, load),
      onExpiry: (load) => this.expire(storeKey, load, loadTimeoutMs),
    }
  }

  /** True if no abandoned load runs, so that no load is refused or counted. */
  get isIdle(): boolean {
    return this.#ofKey.size === 0
  }

  /** Abandons a load at its limit. Returns the result for all that wait for it. */
  expire(storeKey: string, load: Promise<unknown>, limitMs: number): SettledError {
    this.#core.log.advance() // the late value must not overwrite one that is loaded from now on
    this.#abandon(storeKey, load, limitMs)
    return this.#timedOut(limitMs)
  }

  /** Counts a load that starts while others of its key are abandoned. If it ends in time, the source works again. */
  #count(storeKey: string, load: Promise<unknown>): void {
    const loads = this.#ofKey.get(storeKey)
    if (loads === undefined) return
    loads.add(load)
    const end = (): void => {
      if (loads.delete(load) && this.#ofKey.get(storeKey) === loads) this.#ofKey.delete(storeKey)
    }
    load.then(end, end)
  }

  #abandon(storeKey: string, load: Promise<unknown>, limitMs: number): void {
    const known = this.#ofKey.get(storeKey)
    known?.delete(load)
    const loads = known ?? new Set()
    // Another object than `load`, so that the late end of a counted load is not mistaken for an end in time.
    const abandoned = load.then(() => {})
    loads.add(abandoned)
    this.#ofKey.set(storeKey, loads)
    this.#abandoned++
    let isEnded = false
    const end = (): void => {
      if (isEnded) return
      isEnded = true
      cancelTimer()
      this.#abandoned--
      loads.delete(abandoned)
      if (loads.size === 0 && this.#ofKey.get(storeKey) === loads) this.#ofKey.delete(storeKey)
    }
    const cancelTimer = this.#core.background(end, limitMs * LOST_AFTER_LIMITS)
    abandoned.then(end, end)
  }

  #timedOut(limitMs: number): SettledError {
    const error = new DeadlineError(this.#core.name, limitMs)
    return { ok: false, error, timedOut: true, called: true, tierFailed: false }
  }
}
