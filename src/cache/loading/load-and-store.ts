/** One load from start to end: asks the remote tier, then calls the loader, then stores the value. */
import type { Entry } from '../../stores/entry.ts'
import type { CacheCore } from '../core.ts'
import { useOf } from '../freshness.ts'
import type { Found, InternalLoad, InternalLoadContext, InternalReadOptions } from '../http-reads.ts'
import type { LoadContext } from '../read.ts'
import type { Lease } from '../remote/lease.ts'
import { type Acquired, NOTHING_ACQUIRED } from '../tiers/acquired.ts'
import type { Tiers } from '../tiers/tiers.ts'
import { onAbort } from '../timing/on-abort.ts'
import type { Codec } from '../values/codec.ts'
import type { Called, CalledValue } from './call-loader.ts'
import type { Failure, FailurePauses } from './failure-pauses.ts'
import type { Joinable } from './single-flight.ts'

/** A read that needs a load. Its entry, if there is one, is stale, about to expire, or not accepted by this reader. */
export interface Reading<T> extends Found<T> {
  /** Calls the loader, alone or with other keys. Never rejects. */
  call: (context: InternalLoadContext) => Promise<Called>
  /** The loader of one key, for an audit. Default: no hit of this read is audited. */
  load?: InternalLoad<T> | undefined
  /** Reports that this read does not need `call` now, so that a call for many keys can start without this key. */
  skip?: (() => void) | undefined
  options: InternalReadOptions<T>
  /** Aborts when the caller's signal aborts or the deadline of the read passes. */
  signal: AbortSignal | undefined
  /** The invalidation sequence number when the read started. The read must not return a value that was invalidated earlier. */
  sequence: number
  /** True in `readMany`: a result without a value for the key is final, and the key is not loaded again. */
  acceptsAbsence: boolean
}

/** Result of a load. A load that fails resolves to its error, because each waiting reader may handle the error differently. */
export type Settled = SettledValue | SettledError

interface SettledParts {
  /** True if the loader was called; false if the remote tier had the value, or the reader left before the call. */
  called: boolean
  /** The stored entry; absent if nothing was stored. */
  entry?: Entry | undefined
  /** The entry that the remote tier had, usable or not: it may stand in for a failed load. */
  remoteEntry?: Entry | undefined
  /** True if the load ran in another process, and this one waited for it. */
  waited?: boolean
  /** True if the remote tier did not answer. */
  tierFailed: boolean
}

export interface SettledError extends SettledParts {
  ok: false
  error: unknown
  /** Default: `thrown`. */
  failure?: Failure
  /** True if the load had no result at its time limit, or was not started because too many such loads still run. */
  timedOut?: true
}

export interface SettledValue
  extends SettledParts,
    Pick<CalledValue, 'value' | 'options' | 'absent' | 'report'> {
  ok: true
  /** Present while the value is incomplete. */
  streaming?: Streaming
}

export interface Streaming extends Joinable {
  /** Resolves after the complete value was stored, or could not be stored. Never rejects. */
  completed: Promise<void>
  /** Key under which the complete value will be stored; `undefined` if the key that the load chose is not valid. */
  storeKey: string | undefined
  /** Time at which the loader returned the incomplete value, epoch ms. */
  startedAt: number
}

/**
 * The steps of a load. `ask`: the remote tier is asked first, and a usable entry prevents the load. `renew`: as `ask`, but only a
 * fresh entry does. `look`: as `ask`, but without waiting for another process, and the value is stored in memory only. `replace`:
 * the value is loaded and stored in any case. `local`: it is loaded and stored in memory only. `load`: it is not stored.
 */
export type Reach = 'ask' | 'renew' | 'look' | 'replace' | 'local' | 'load'

export class LoadAndStore {
  readonly #core: CacheCore
  readonly #tiers: Tiers
  readonly #pauses: FailurePauses

  constructor(core: CacheCore, tiers: Tiers, pauses: FailurePauses) {
    this.#core = core
    this.#tiers = tiers
    this.#pauses = pauses
  }

  /**
   * Runs the load. Rejects only if a callback of the reader throws.
   *
   * @param sequence the invalidation sequence number at the start.
   */
  async run<T>(reading: Reading<T>, context: LoadContext, reach: Reach, sequence: number): Promise<Settled> {
    // Without a remote tier, an `await` would only delay the load.
    const isAsked = reach !== 'load' && reach !== 'local' && this.#tiers.remote !== undefined
    const acquired = isAsked ? await this.#acquire(reading, context, reach) : NOTHING_ACQUIRED
    if (acquired.entry !== undefined && acquired.isUsable) {
      reading.skip?.()
      return settledOfFetched(acquired.entry, acquired.waited)
    }
    const { lease, entry: remoteEntry } = acquired
    const parts = { called: true, remoteEntry, tierFailed: acquired.failed }
    if (isAsked && context.signal.aborted) {
      // All readers have left during the wait, so the value is not needed.
      void lease?.release()
      return { ...parts, called: false, ok: false, error: context.signal.reason }
    }
    if (lease !== undefined && reading.options.loadTimeoutMs !== undefined) {
      onAbort(context.signal, () => this.#release(reading, lease)) // lets another process load at once
    }
    const called = await reading.call(this.#contextFor(reading, context, remoteEntry ?? reading.entry))
    if (!called.ok) {
      this.#release(reading, lease)
      return { ...called, ...parts }
    }
    const { completed, failed } = called.options
    if (!failed) this.#pauses.reset(reading.storeKey)
    // A value after the time limit may be older than one that another process has loaded meanwhile.
    const isTooLate =
      lease !== undefined && reading.options.loadTimeoutMs !== undefined && context.signal.aborted
    if (reach === 'load' || isTooLate) {
      completed?.catch(() => {}) // ignored here: the reader of the value receives this error
      return { ...called, ...parts }
    }
    const storing = { reading, acquired, sequence }
    if (completed !== undefined) return { ...called, ...parts, streaming: this.storeLater(storing, called) }
    try {
      return { ...called, ...parts, entry: this.#store(storing, called) }
    } catch (error) {
      return { ...parts, ok: false, error } // the load returned invalid options
    }
  }

  /** Returns true if a reader may use a value that the remote tier, or another reader's load, returned. */
  fits<T>({ value, options, entry, called, waited }: SettledValue, reader: InternalReadOptions<T>): boolean {
    if (options.share === false) return false
    // A value that was just loaded, here or in another process, needs no check of its freshness.
    if (!called && !waited && entry !== undefined && useOf(entry, reader, this.#core.now()) === 'load')
      return false
    return reader.accept === undefined || reader.accept(value as T) // all readers of a key use the same value type
  }

  /** Asks the remote tier for a usable entry, or for the lease. Never rejects, unless a callback of the reader throws. */
  #acquire<T>(reading: Reading<T>, { signal }: LoadContext, reach: Reach): Promise<Acquired> {
    const { storeKey, options, entry, skip } = reading
    const { codec } = options
    const isUsable = (found: Entry, waited: boolean) => {
      const use = useOf(found, options, this.#core.now())
      const isFreshEnough = waited || (reach === 'renew' ? use === 'hit' : use !== 'load')
      if (!isFreshEnough && !this.#isPaused(reading, found)) return false
      return options.accept === undefined || options.accept(found.value as T) // all readers of a key use the same value type
    }
    const { remote } = this.#tiers
    if (remote === undefined) return Promise.resolve(NOTHING_ACQUIRED)
    const known = entry?.remoteId
    return this.#tiers.acquire(remote, storeKey, codec as Codec | undefined, {
      known,
      replaces: reach === 'replace',
      lease: reach !== 'look',
      tags: this.#tiers.tags.all(storeKey, options),
      isUsable,
      signal,
      // A common call for many keys must not wait with its leases for a process that waits for one of them.
      onWait: skip,
    })
  }

  /** Returns true if the last load of the key failed a short time ago, and the entry may be served instead of another load. */
  #isPaused<T>(
    { storeKey, options: { strategy = 'refresh', failurePauseMs } }: Reading<T>,
    found: Entry,
  ): boolean {
    if (strategy !== 'refresh' || failurePauseMs === 0) return false
    const failure = this.#pauses.current(storeKey, found)
    return failure !== undefined && failure !== 'final' && this.#tiers.mayReplaceFailure(storeKey, found)
  }

  /** Ends a lease without a value. The readers need not wait for the store. */
  #release<T>({ options: { waitUntil } }: Reading<T>, lease: Lease | undefined): void {
    if (lease === undefined) return
    const released = lease.release()
    waitUntil?.(released)
  }

  #contextFor<T>(
    { key, storeKey }: Reading<T>,
    context: LoadContext,
    found: Entry | undefined,
  ): InternalLoadContext {
    return {
      ...context,
      key,
      storedValue: () => {
        if (found === undefined) return undefined
        return this.#tiers.isInvalidated([storeKey], found, found.sequence) ? undefined : found.value
      },
    }
  }

  #store<T>(
    { reading, acquired, sequence }: Storing<T>,
    { value, options, loadMs }: CalledValue,
  ): Entry | undefined {
    const { storeKey } = reading
    const { codec, waitUntil } = reading.options
    const { entry, remoteWrite } = this.#tiers.store({
      storeKey,
      value,
      options,
      sequence,
      codec: codec as Codec | undefined, // the codec gets only values of its own type
      lease: acquired.lease,
      remoteEntry: acquired.entry,
      loadMs,
      now: this.#core.now(),
    })
    if (remoteWrite !== undefined) waitUntil?.(remoteWrite)
    return entry
  }

  /** Stores the value once it is complete. Readers get it while it is still incomplete. */
  storeLater<T>(storing: Storing<T>, called: CalledValue): Streaming {
    const { storeKey, options } = storing.reading
    const startedAt = this.#core.now()
    const completed = this.#storeCompleted(storing, called, startedAt)
    options.waitUntil?.(completed)
    return { completed, storeKey: this.#tiers.targetOf(storeKey, called.options), startedAt }
  }

  /** Waits for the complete value and stores it. Never rejects. */
  async #storeCompleted<T>(storing: Storing<T>, called: CalledValue, startedAt: number): Promise<void> {
    const { options } = called
    try {
      const complete = await options.completed
      // The age counts from the first byte.
      const ageMs = Math.max(0, options.ageMs ?? 0) + Math.max(0, this.#core.now() - startedAt)
      const stored =
        complete === undefined
          ? { value: undefined, options: { ...options, keep: false } }
          : { value: complete.value, options: { ...options, bytes: complete.bytes, ageMs } }
      this.#store(storing, { ...called, ...stored })
    } catch {
      // The value could not be completed: its readers receive the error, and nothing is stored.
      this.#release(storing.reading, storing.acquired.lease)
    }
  }
}

/** A load whose value is to be stored. */
export interface Storing<T> {
  reading: Reading<T>
  acquired: Acquired
  sequence: number
}

/** Returns the failure of a load; `undefined` if it succeeded. */
export function failureOf(settled: Settled): Failure | undefined {
  if (!settled.ok) return settled.failure ?? 'thrown'
  const { failed, noStaleFallback } = settled.options
  if (!failed) return undefined
  return noStaleFallback ? 'final' : 'returned'
}

function settledOfFetched(entry: Entry, waited: boolean): SettledValue {
  const { value, tags, derivesTags } = entry
  return {
    ok: true,
    value,
    options: { tags, derivesTags },
    called: false,
    entry,
    remoteEntry: entry,
    waited,
    tierFailed: false,
  }
}
