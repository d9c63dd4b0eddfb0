/** One load from start to end: reads the remote tier, then calls the loader, then stores the value. */
import type { Entry } from '../../stores/entry.ts'
import type { CacheCore } from '../core.ts'
import { useOf } from '../freshness.ts'
import type { Found, InternalLoadContext, InternalReadOptions } from '../http-reads.ts'
import type { LoadContext } from '../read.ts'
import { type LoadStart, NOTHING_FETCHED, type Tiers } from '../tiers/tiers.ts'
import type { Called, CalledValue } from './call-loader.ts'
import type { Failure, FailurePauses } from './failure-pauses.ts'
import type { Joinable } from './single-flight.ts'

/** A read that needs a load. Its entry, if there is one, is stale, about to expire, or not accepted by this reader. */
export interface Reading<T> extends Found<T> {
  /** Calls the loader, alone or with other keys. Never rejects. */
  call: (context: InternalLoadContext) => Promise<Called>
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
  /** True if the remote tier did not answer. */
  tierFailed: boolean
}

export interface SettledError extends SettledParts {
  ok: false
  error: unknown
  /** Default: `thrown`. */
  failure?: Failure
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

/** The steps that a load may take, in this order. */
export type Reach = 'remote, load, store' | 'load, store' | 'load'

export class LoadAndStore {
  readonly #core: CacheCore
  readonly #tiers: Tiers
  readonly #pauses: FailurePauses

  constructor(core: CacheCore, tiers: Tiers, pauses: FailurePauses) {
    this.#core = core
    this.#tiers = tiers
    this.#pauses = pauses
  }

  /** Runs the load. Rejects only if a callback of the reader throws. */
  async run<T>(reading: Reading<T>, context: LoadContext, reach: Reach, start: LoadStart): Promise<Settled> {
    const { storeKey, options } = reading
    // Without a remote tier, an `await` would only delay the load.
    const asksRemote = reach === 'remote, load, store' && this.#tiers.hasRemote
    const remote = asksRemote ? await this.#tiers.fetch(storeKey, options.codec) : NOTHING_FETCHED
    const fetched = remote.entry && settledOfFetched(remote.entry)
    if (fetched !== undefined && this.fits(fetched, options)) {
      reading.skip?.()
      return fetched
    }
    const called = await reading.call(this.#contextFor(reading, context, remote.entry ?? reading.entry))
    const parts = { called: true, tierFailed: remote.failed }
    if (!called.ok) return { ...called, ...parts }
    const { completed, failed } = called.options
    if (!failed) this.#pauses.reset(storeKey)
    if (reach === 'load') {
      completed?.catch(() => {}) // ignored here: the reader of the value receives this error
      return { ...called, ...parts }
    }
    if (completed !== undefined) {
      return { ...called, ...parts, streaming: this.#storeLater(reading, called, start) }
    }
    try {
      return { ...called, ...parts, entry: this.#store(reading, called, start) }
    } catch (error) {
      return { ...parts, ok: false, error } // the load returned invalid options
    }
  }

  /** Returns true if a reader may use a value that the remote tier, or another reader's load, returned. */
  fits<T>({ value, options, entry, called }: SettledValue, reader: InternalReadOptions<T>): boolean {
    if (options.share === false) return false
    // A value that was just loaded needs no check of its freshness. An entry of the remote tier must be fresh for this reader.
    if (!called && entry !== undefined && useOf(entry, reader, this.#core.now()) !== 'hit') return false
    return reader.accept === undefined || reader.accept(value as T) // all readers of a key use the same value type
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
        return this.#tiers.isInvalidated([storeKey], found.tags, found.sequence) ? undefined : found.value
      },
    }
  }

  #store<T>(
    { storeKey, options: { codec, waitUntil } }: Reading<T>,
    { value, options, loadMs }: CalledValue,
    start: LoadStart,
  ): Entry | undefined {
    const { entry, remoteWrite } = this.#tiers.store({ storeKey, value, options, start, codec, loadMs })
    if (remoteWrite !== undefined) waitUntil?.(remoteWrite)
    return entry
  }

  /** Stores the value once it is complete. Readers get it while it is still incomplete. */
  #storeLater<T>(reading: Reading<T>, called: CalledValue, start: LoadStart): Streaming {
    const startedAt = this.#core.now()
    const completed = this.#storeCompleted(reading, called, start, startedAt)
    reading.options.waitUntil?.(completed)
    return { completed, storeKey: this.#tiers.targetOf(reading.storeKey, called.options), startedAt }
  }

  /** Waits for the complete value and stores it. Never rejects. */
  async #storeCompleted<T>(
    reading: Reading<T>,
    called: CalledValue,
    start: LoadStart,
    startedAt: number,
  ): Promise<void> {
    const { options } = called
    try {
      const complete = await options.completed
      // The age counts from the first byte.
      const ageMs = Math.max(0, options.ageMs ?? 0) + Math.max(0, this.#core.now() - startedAt)
      const stored =
        complete === undefined
          ? { value: undefined, options: { ...options, keep: false } }
          : { value: complete.value, options: { ...options, bytes: complete.bytes, ageMs } }
      this.#store(reading, { ...called, ...stored }, start)
    } catch {
      // The value could not be completed: its readers receive the error, and nothing is stored.
    }
  }
}

/** Returns the failure of a load; `undefined` if it succeeded. */
export function failureOf(settled: Settled): Failure | undefined {
  if (!settled.ok) return settled.failure ?? 'thrown'
  const { failed, noStaleFallback } = settled.options
  if (!failed) return undefined
  return noStaleFallback ? 'final' : 'returned'
}

function settledOfFetched(entry: Entry): SettledValue {
  const { value, tags } = entry
  return { ok: true, value, options: { tags }, called: false, entry, tierFailed: false }
}
