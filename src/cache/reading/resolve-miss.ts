/** A read that memory could not answer: remote tier, load, and a stale entry where the load fails. */
import type { Entry } from '../../stores/entry.ts'
import type { CacheCore } from '../core.ts'
import { useOf } from '../freshness.ts'
import type { Reading, Settled } from '../loading/load-and-store.ts'
import type { LoadCoordinator, Loading } from '../loading/load-coordinator.ts'
import type { Tiers } from '../tiers/tiers.ts'
import { type Ending, endingOfLoad, readOfEntry, readOfNothing, servedFrom } from './read-result.ts'

export class MissResolver {
  readonly #core: CacheCore
  readonly #tiers: Tiers
  readonly #loads: LoadCoordinator

  constructor(core: CacheCore, tiers: Tiers, loads: LoadCoordinator) {
    this.#core = core
    this.#tiers = tiers
    this.#loads = loads
  }

  /** Rejects only with an error of the reader's own callbacks. */
  async resolve<T>(reading: Reading<T>): Promise<Ending<T>> {
    const { enabled, now } = this.#core
    const { key, options } = reading
    const { strategy = 'refresh' } = options
    if (!enabled && strategy === 'fresh') {
      return { ...servedFrom(key), ok: true, read: readOfNothing('bypass') }
    }
    if (!enabled || strategy === 'bypass') {
      const settled = await this.#loads.bypass(reading)
      return endingOfLoad(settled, 'bypass', 'bypass', contextOf({ settled, shared: false, key }), now())
    }
    if (strategy === 'fresh') return this.#fromRemoteOnly(reading)

    const loading = await this.#loads.load(reading)
    return this.#endingOf(reading, loading)
  }

  /** A stale entry that may be served at the soft deadline. */
  serveStale<T>(reading: Reading<T>): Ending<T> | undefined {
    const { sync, now } = this.#core
    const { key, storeKey, options } = reading
    sync.applyPending()
    const entry = acceptedBy(reading, this.#tiers.find(storeKey))
    if (entry === undefined || !this.#tiers.mayReplaceFailure(storeKey, entry)) return undefined
    const time = now()
    // Another caller may have written a fresh value during the load.
    const outcome = useOf(entry, options, time) === 'hit' ? 'hit' : 'stale'
    return { ...servedFrom(key), ok: true, read: readOfEntry(entry, outcome, time) }
  }

  #endingOf<T>(reading: Reading<T>, loading: Loading): Ending<T> {
    const { sync, now } = this.#core
    const { settled, shared } = loading
    const failed = !settled.ok || settled.options.failed === true
    if (failed) {
      sync.applyPending() // an entry that was invalidated during the load must not be served
      const stale = this.#staleFor(reading, settled)
      if (stale !== undefined)
        return { ...contextOf(loading), ok: true, read: readOfEntry(stale, 'stale', now()) }
    }
    const outcome = failed || settled.tierFailed ? 'error' : shared ? 'coalesced' : 'miss'
    return endingOfLoad(settled, outcome, 'error', contextOf(loading), now())
  }

  /** The entry to serve in place of a failed load: the one found first, or one that the remote tier has brought meanwhile. */
  #staleFor<T>(reading: Reading<T>, settled: Settled): Entry<T> | undefined {
    const { storeKey, options } = reading
    const isFinal = settled.ok && settled.options.noStaleFallback === true
    const hasLeft = options.signal?.aborted === true
    if (isFinal || hasLeft) return undefined
    const replaces = options.strategy === 'invalidate'
    const stored = replaces ? undefined : acceptedBy(reading, reading.found)
    const mayLook = !replaces && !(settled.ok && settled.entry !== undefined)
    const entry = stored ?? (mayLook ? acceptedBy(reading, this.#tiers.find(storeKey)) : undefined)
    const anyAge = !settled.ok && options.staleOnThrow === true
    return entry !== undefined && this.#tiers.mayReplaceFailure(storeKey, entry, anyAge) ? entry : undefined
  }

  async #fromRemoteOnly<T>(reading: Reading<T>): Promise<Ending<T>> {
    const fetched = await this.#loads.fetchRemote(reading)
    const context = servedFrom(reading.key)
    if (typeof fetched !== 'string') return endingOfLoad(fetched, 'hit', 'error', context, this.#core.now())
    return { ...context, ok: true, read: readOfNothing(fetched === 'failed' ? 'error' : 'miss') }
  }
}

function contextOf({ settled, shared, key }: Loading) {
  const loaded = !shared && (settled.ok ? !settled.fromRemote : settled.called)
  return { key, loaded, report: loaded && settled.ok ? settled.report : undefined }
}

/** The entry, if this reader accepts its value. All readers of a key agree on its type. */
function acceptedBy<T>({ options: { accept } }: Reading<T>, entry: Entry | undefined): Entry<T> | undefined {
  const typed = entry as Entry<T> | undefined
  return typed === undefined || accept === undefined || accept(typed.value) ? typed : undefined
}
