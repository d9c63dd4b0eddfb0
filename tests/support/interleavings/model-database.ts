/** The modelled database: a version per row, and loads that read it when they start, when they end, or in between. */
import { type Loaded, loaded } from '../../../src/cache/lifetime.ts'
import type { Dice } from './dice.ts'
import { type Key, type Row, randomLifetime, randomLoadedOptions, rowOf } from './rows.ts'

/** The requested keys, each with its loaded value and options. */
export type LoadedPairs = [Key, Loaded<number>][]

interface PendingLoad {
  /** Reads the rows that the load has not read yet. */
  readRows: () => void
  settle: () => void
}

export class ModelDatabase {
  /** The current version of each row. */
  readonly version: Record<Row, number> = { a: 1, b: 1, c: 1 }
  /** The minimal version that a read of the key starting now may return. */
  readonly required: Record<Key, number> = { a1: 1, a2: 1, b1: 1, b2: 1, c1: 1, c2: 1 }
  readonly #dice: Dice
  readonly #pending: PendingLoad[] = []
  readonly #onLoaded: (key: Key, value: number, fails: boolean) => void

  constructor(dice: Dice, onLoaded: (key: Key, value: number, fails: boolean) => void) {
    this.#dice = dice
    this.#onLoaded = onLoaded
  }

  get pendingLoads(): number {
    return this.#pending.length
  }

  /** Raises the required versions of invalidated keys to the versions from before the invalidation. */
  require(invalidated: readonly Key[], before: Record<Row, number>): void {
    for (const key of invalidated) this.required[key] = Math.max(this.required[key], before[rowOf(key)])
  }

  /** Starts a load of some keys. It settles at once, or when `settle` chooses it. */
  load<T>(
    requested: readonly Key[],
    signal: AbortSignal,
    settlesAtOnce: boolean,
    resultOf: (pairs: LoadedPairs) => T,
  ): Promise<T> {
    const dice = this.#dice
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const options = requested.map((key) => ({
      ...randomLifetime(dice, rowOf(key)),
      ...randomLoadedOptions(dice, rowOf(key)),
    }))
    const fails = dice.chance(0.2)
    if (dice.chance(0.5)) signal.addEventListener('abort', () => reject(signal.reason))
    const versions = new Map<Key, number>()
    const readRows = () => {
      for (const key of requested) if (!versions.has(key)) versions.set(key, this.version[rowOf(key)])
    }
    const settle = () => {
      readRows()
      for (const [key, value] of versions) this.#onLoaded(key, value, fails)
      if (fails) return reject(new Error('down'))
      const pairs = requested.map((key, i): [Key, Loaded<number>] => [
        key,
        loaded(versions.get(key) as number, options[i] ?? {}), // readRows has set each
      ])
      resolve(resultOf(pairs))
    }
    if (dice.chance(0.6)) readRows()
    if (settlesAtOnce) settle()
    else this.#pending.push({ settle, readRows })
    return promise
  }

  /** Settles the n-th pending load, if there are that many. */
  settle(n: number): void {
    this.#pending.splice(n, 1)[0]?.settle()
  }

  /** Makes the n-th pending load read its rows, if there are that many. */
  readRows(n: number): void {
    this.#pending[n]?.readRows()
  }
}
