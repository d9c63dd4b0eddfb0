/** A read that memory could not answer: remote tier, load, and a stale entry if the load fails. */
import type { Entry } from '../../stores/entry.ts'
import type { CacheCore } from '../core.ts'
import { useOf } from '../freshness.ts'
import type { Reading, SettledValue } from '../loading/load-and-store.ts'
import type { LoadCoordinator, Loading } from '../loading/load-coordinator.ts'
import type { Read } from '../read.ts'
import type { Tiers } from '../tiers/tiers.ts'
import { type Ending, endingOfLoad, readOfEntry, readOfNothing, readOfWaited, servedFrom } from './read-result.ts'

export class MissResolver {
  readonly #core: CacheCore
  readonly #tiers: Tiers
  readonly #loads: LoadCoordinator

  constructor(core: CacheCore, tiers: Tiers, loads: LoadCoordinator) {
    this.#core = core
    this.#tiers = tiers
    this.#loads = loads
  }

  /** Completes a read that memory could not answer. Rejects only if a callback of the reader throws. */
  async resolve<T>(reading: Reading<T>): Promise<Ending<T>> {
    const { strategy } = reading.options
    if (strategy === 'fresh') return servedFrom(reading.key, await this.#withoutLoad(reading))
    if (strategy === 'bypass' || !this.#core.enabled) {
      return endingOfLoad(await this.#loads.bypass(reading), 'bypass', this.#core.now())
    }
    return this.#endingOf(reading, await this.#loads.load(reading))
  }

  /** Returns a stale entry that may be served at the soft deadline, if there is one. */
  serveStale<T>(reading: Reading<T>): Ending<T> | undefined {
    const { key, storeKey, options } = reading
    this.#core.sync.applyPending()
    const entry = acceptedBy(reading, this.#tiers.lastKnown(storeKey))
    if (entry === undefined || !this.#tiers.mayReplaceFailure(storeKey, entry)) return undefined
    const now = this.#core.now()
    // Another caller may have written a fresh value during the load.
    const outcome = useOf(entry, options, now) === 'hit' ? 'hit' : 'stale'
    return servedFrom(key, readOfEntry(entry, outcome, 'memory', now))
  }

  #endingOf<T>(reading: Reading<T>, loading: Loading): Ending<T> {
    const failed = !loading.ok || loading.options.failed === true
    if (failed) this.#core.sync.applyPending() // an entry that was invalidated during the load must not be served
    const stale = failed ? this.#staleFor(reading, loading) : undefined
    if (stale === undefined && loading.ok && !loading.called) return this.#endingOfFetched(reading, loading)
    const outcome = failed || loading.tierFailed ? 'error' : loading.shared ? 'coalesced' : 'miss'
    return endingOfLoad(loading, outcome, this.#core.now(), stale)
  }

  /** The remote tier had the value, or another process has loaded it meanwhile. */
  #endingOfFetched<T>(reading: Reading<T>, loading: Loading & SettledValue): Ending<T> {
    const { entry } = loading
    const now = this.#core.now()
    if (entry === undefined) return endingOfLoad(loading, 'miss', now)
    const typed = entry as Entry<T> // all readers of a key use the same value type
    if (loading.waited) return servedFrom(loading.key, readOfWaited(typed, now))
    const use = useOf(entry, reading.options, now)
    if (use === 'refresh') this.#loads.refresh({ ...reading, entry: typed })
    const outcome = use === 'hit' ? 'hit' : 'stale'
    return servedFrom(loading.key, readOfEntry(typed, outcome, 'remote', now))
  }

  /**
   * Returns the entry to serve in place of a failed load: that of the look-up, that of the remote tier, or one that memory has
   * got meanwhile.
   */
  #staleFor<T>(reading: Reading<T>, loading: Loading): Entry<T> | undefined {
    const { storeKey, options } = reading
    const isFinal = loading.ok && loading.options.noStaleFallback === true
    const hasLeft = options.signal?.aborted === true
    if (isFinal || hasLeft || options.strategy === 'invalidate') return undefined
    const entry =
      acceptedBy(reading, reading.entry) ??
      acceptedBy(reading, loading.remoteEntry) ??
      (loading.entry === undefined ? acceptedBy(reading, this.#tiers.lastKnown(storeKey)) : undefined)
    const anyAge = !loading.ok && options.staleOnThrow === true
    return entry !== undefined && this.#tiers.mayReplaceFailure(storeKey, entry, anyAge) ? entry : undefined
  }

  /** Reads only the remote tier. The result has no value unless the tier has a fresh entry that this reader accepts. */
  async #withoutLoad<T>(reading: Reading<T>): Promise<Read<T>> {
    const { storeKey, options } = reading
    if (!this.#core.enabled) return readOfNothing('bypass')
    const { entry, failed } = await this.#tiers.fetch(storeKey, options.codec)
    const now = this.#core.now()
    const isFresh = entry !== undefined && useOf(entry, options, now) === 'hit'
    const accepted = isFresh ? acceptedBy(reading, entry) : undefined
    if (accepted !== undefined) return readOfEntry(accepted, 'hit', 'remote', now)
    return readOfNothing(failed ? 'error' : 'miss')
  }
}

/** Returns the entry if this reader accepts its value. All readers of a key use the same value type. */
function acceptedBy<T>({ options: { accept } }: Reading<T>, entry: Entry | undefined): Entry<T> | undefined {
  const typed = entry as Entry<T> | undefined
  return typed === undefined || accept === undefined || accept(typed.value) ? typed : undefined
}
