/** A read that memory could not answer: remote tier, load, and a stale entry if the load fails. */
import type { Entry } from '../../stores/entry.ts'
import { type Audit, mayAudit } from '../audit/audit.ts'
import type { CacheCore } from '../core.ts'
import { type Use, useOf } from '../freshness.ts'
import type { Failure } from '../loading/failure-pauses.ts'
import { failureOf, type Reading, type SettledValue } from '../loading/load-and-store.ts'
import type { LoadCoordinator, Loading } from '../loading/load-coordinator.ts'
import { acceptedBy, mayReplace } from '../loading/stale-replacement.ts'
import type { Read } from '../read.ts'
import type { Tiers } from '../tiers/tiers.ts'
import {
  type Ending,
  endingOfLoad,
  readOfEntry,
  readOfNothing,
  readOfWaited,
  servedFrom,
} from './read-result.ts'

export class MissResolver {
  readonly #core: CacheCore
  readonly #tiers: Tiers
  readonly #loads: LoadCoordinator
  readonly #auditor: Audit | undefined

  constructor(core: CacheCore, tiers: Tiers, loads: LoadCoordinator, audit?: Audit) {
    this.#core = core
    this.#tiers = tiers
    this.#loads = loads
    this.#auditor = audit
  }

  /** Completes a read that memory could not answer. Rejects only if a callback of the reader throws. */
  async resolve<T>(reading: Reading<T>): Promise<Ending<T>> {
    const { strategy } = reading.options
    if (strategy === 'fresh') return servedFrom(reading.key, await this.#withoutLoad(reading))
    if (strategy === 'bypass' || !this.#core.enabled) {
      return endingOfLoad(await this.#loads.bypass(reading), 'bypass', this.#core.now())
    }
    const { pauses } = this.#loads
    try {
      let stale = this.#duringPause(reading)
      if (stale !== undefined && this.#tiers.remote !== undefined) {
        const { entry, use } = await this.#fetch(reading) // another process may have loaded the value meanwhile
        if (entry !== undefined && use === 'hit') {
          return servedFrom(reading.key, readOfEntry(entry, 'hit', 'remote', this.#core.now()))
        }
        stale = this.#duringPause(reading)
      }
      if (stale !== undefined) {
        return servedFrom(reading.key, readOfEntry(stale, 'stale', 'memory', this.#core.now()))
      }
      pauses.startProbe(reading)
      return this.endingOf(reading, await this.#loads.load(reading))
    } finally {
      pauses.endProbe(reading)
    }
  }

  /** Returns a stale entry that may be served at the soft deadline, if there is one. */
  serveStale<T>(reading: Reading<T>): Ending<T> | undefined {
    const { key, storeKey, options } = reading
    this.#core.sync.applyPending()
    const entry = acceptedBy(reading, this.#tiers.memory.lastKnown(storeKey))
    if (entry === undefined || !mayReplace(this.#tiers, reading, entry, 'returned')) return undefined
    const now = this.#core.now()
    // Another caller may have written a fresh value during the load.
    const outcome = useOf(entry, options, now) === 'hit' ? 'hit' : 'stale'
    if (outcome === 'stale') {
      const { pauses } = this.#loads
      pauses.pause(storeKey, entry, 'returned', options.failurePauseMs)
      pauses.startProbe(reading) // its load goes on
    }
    return servedFrom(key, readOfEntry(entry, outcome, 'memory', now))
  }

  /** Returns the result of a read whose load has ended. Throws only if a callback of the reader throws. */
  endingOf<T>(reading: Reading<T>, loading: Loading): Ending<T> {
    const failure = failureOf(loading)
    const stale = failure && this.#staleFor(reading, loading, failure)
    if (stale === undefined && loading.ok && !loading.called) return this.#endingOfFetched(reading, loading)
    const outcome = failure || loading.tierFailed ? 'error' : loading.shared ? 'coalesced' : 'miss'
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
    if (use === 'hit' && this.#auditor !== undefined) this.#audit(reading, loading.key, typed)
    const outcome = use === 'hit' ? 'hit' : 'stale'
    return servedFrom(loading.key, readOfEntry(typed, outcome, 'remote', now))
  }

  /** Starts the audit of a hit in the remote tier, if it is due. */
  #audit<T>(reading: Reading<T>, servedKey: string, entry: Entry<T>): void {
    const { key, storeKey, load, options } = reading
    const auditor = this.#auditor
    if (load === undefined || servedKey !== key || !mayAudit(options) || !auditor?.isDue()) return
    auditor.start({ key, storeKey, entry, load, options })
  }

  /**
   * Returns the entry to serve in place of a failed load: that of the look-up, that of the remote tier, or one that memory has
   * got meanwhile.
   */
  #staleFor<T>(reading: Reading<T>, loading: Loading, failure: Failure): Entry<T> | undefined {
    const { storeKey, options } = reading
    if (options.signal?.aborted) return undefined // the reader has left
    this.#core.sync.applyPending() // an entry that was invalidated during the load must not be served
    const entry =
      acceptedBy(reading, reading.entry) ??
      acceptedBy(reading, loading.remoteEntry) ??
      (loading.entry === undefined ? acceptedBy(reading, this.#tiers.memory.lastKnown(storeKey)) : undefined)
    if (entry === undefined || !mayReplace(this.#tiers, reading, entry, failure)) return undefined
    const { failurePauseMs } = loading.ok ? loading.options : options
    this.#loads.pauses.pause(storeKey, entry, failure, failurePauseMs)
    return entry
  }

  /** Returns the entry to serve without a load, because the last load of the key failed. */
  #duringPause<T>(reading: Reading<T>): Entry<T> | undefined {
    const { storeKey, entry, options } = reading
    if (entry === undefined || options.failurePauseMs === 0) return undefined
    const failure = this.#loads.pauses.current(storeKey, entry)
    if (failure === undefined) return undefined
    this.#core.sync.applyPending()
    const accepted = acceptedBy(reading, entry)
    return accepted !== undefined && mayReplace(this.#tiers, reading, accepted, failure)
      ? accepted
      : undefined
  }

  /** Reads only the remote tier. The result has no value unless the tier has an entry that this reader accepts. */
  async #withoutLoad<T>(reading: Reading<T>): Promise<Read<T>> {
    if (!this.#core.enabled) return readOfNothing('bypass')
    const { entry, use, failed } = await this.#fetch(reading)
    if (entry === undefined || use === 'load') return readOfNothing(failed ? 'error' : 'miss')
    return readOfEntry(entry, use === 'hit' ? 'hit' : 'stale', 'remote', this.#core.now())
  }

  /** Reads the remote tier. Returns its entry if this reader accepts the value, with the use that the reader has for it. */
  async #fetch<T>(reading: Reading<T>): Promise<{ entry: Entry<T> | undefined; use: Use; failed: boolean }> {
    const { storeKey, options } = reading
    const { entry, failed } = await this.#tiers.fetch(storeKey, options.codec)
    const use = entry === undefined ? 'load' : useOf(entry, options, this.#core.now())
    return { entry: acceptedBy(reading, entry), use, failed }
  }
}
