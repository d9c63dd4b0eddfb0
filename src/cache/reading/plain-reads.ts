/** Decides which reads that memory could not answer are plain: see {@link PlainRead}. */
import type { CacheCore } from '../core.ts'
import type { Found, InternalLoad, InternalReadOptions } from '../http-reads.ts'
import type { LoadCoordinator } from '../loading/load-coordinator.ts'
import type { Tiers } from '../tiers/tiers.ts'
import { PlainRead, type PlainReadParts } from './plain-read.ts'
import type { ReadCounter } from './read-counter.ts'

export class PlainReads {
  readonly #parts: PlainReadParts
  readonly #loads: LoadCoordinator
  /** False if no read of this cache is plain. */
  readonly #areAllowed: boolean

  /** @param endingOf as in {@link PlainReadParts}. */
  constructor(
    core: CacheCore,
    tiers: Tiers,
    loads: LoadCoordinator,
    counter: ReadCounter,
    endingOf: PlainReadParts['endingOf'],
  ) {
    const { flights, running, pauses, limits, loadAndStore } = loads
    this.#parts = { core, tiers, flights, running, pauses, limits, loadAndStore, counter, endingOf }
    this.#loads = loads
    this.#areAllowed = core.enabled && core.coalesce && tiers.remote === undefined
  }

  /**
   * Returns the read of a key that memory could not answer; `undefined` if it is not plain, or can join a running load.
   *
   * @param begunAt start of the load, as a reading of the cache's precise clock.
   */
  of<T>(
    found: Found<T>,
    load: InternalLoad<T>,
    options: InternalReadOptions<T>,
    begunAt: number,
  ): PlainRead<T> | undefined {
    if (!this.#areAllowed || !isPlain(options)) return undefined
    const { core, pauses, limits } = this.#parts
    const { storeKey } = found
    if (!core.sync.isCurrent || !limits.isIdle || pauses.has(storeKey)) return undefined
    if (this.#loads.joinable(storeKey) !== undefined) return undefined
    return new PlainRead(this.#parts, found, load, options, begunAt)
  }
}

function isPlain<T>(options: InternalReadOptions<T>): boolean {
  const { strategy, signal, softTimeoutMs, hardTimeoutMs, retry, shared } = options
  if (strategy !== undefined && strategy !== 'refresh') return false
  if (signal !== undefined || retry !== undefined || shared === false) return false
  return softTimeoutMs === undefined && hardTimeoutMs === undefined
}
