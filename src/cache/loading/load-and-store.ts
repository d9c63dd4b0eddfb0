/** One load from start to end: asks the remote tier, then calls the loader, then stores the value. */
import type { Entry } from '../../stores/entry.ts'
import type { CacheCore } from '../core.ts'
import { useOf } from '../freshness.ts'
import type { Found, InternalLoadContext, InternalReadOptions } from '../http-reads.ts'
import type { LoadContext } from '../read.ts'
import { type LoadStart, NOTHING_FETCHED, type Tiers } from '../tiers/tiers.ts'
import type { Called, CalledValue } from './call-loader.ts'
import type { Joinable } from './single-flight.ts'

/** One read that memory could not answer; its entry is stale, or not accepted by this reader. */
export interface Reading<T> extends Found<T> {
  /** Calls the loader, alone or with other keys. Never rejects. */
  call: (context: InternalLoadContext) => Promise<Called>
  /** Declares that this read needs no `call` for now, so that other keys of a call for many need not wait for it. */
  skip?: (() => void) | undefined
  options: InternalReadOptions<T>
  /** Aborts when the caller leaves or its deadline passes. */
  signal: AbortSignal | undefined
  /** The invalidation sequence number when the read started. The read must not return anything invalidated before. */
  sequence: number
  /** In `readMany`, a value that is missing from the result of the load is the answer, and no reason to load the key again. */
  acceptsAbsence: boolean
}

/** Result of a load. Loads never reject: each waiting reader decides on its own. */
export type Settled = SettledValue | SettledError

interface SettledParts {
  /** True if the loader was called. False: the remote tier had the value, or the reader left before. */
  called: boolean
  /** The stored entry; absent if nothing was stored. */
  entry?: Entry | undefined
  /** The remote tier did not answer. */
  tierFailed: boolean
}

export interface SettledError extends SettledParts {
  ok: false
  error: unknown
}

export interface SettledValue
  extends SettledParts,
    Pick<CalledValue, 'value' | 'options' | 'absent' | 'report'> {
  ok: true
  /** Present while the value is incomplete. */
  streaming?: Streaming
}

export interface Streaming extends Joinable {
  /** Resolves when the complete value is stored, or will not be. Never rejects. */
  completed: Promise<void>
  /** The key under which it will be stored. */
  storeKey: string | undefined
  /** Epoch ms. */
  startedAt: number
}

/** The steps that a load includes. */
export type Reach = 'remote, load, store' | 'load, store' | 'load'

export class LoadAndStore {
  readonly #core: CacheCore
  readonly #tiers: Tiers

  constructor(core: CacheCore, tiers: Tiers) {
    this.#core = core
    this.#tiers = tiers
  }

  /** Rejects only with an error of the reader's own callbacks. */
  async run<T>(reading: Reading<T>, context: LoadContext, reach: Reach, start: LoadStart): Promise<Settled> {
    const { storeKey, options } = reading
    const asksRemote = reach === 'remote, load, store' && this.#tiers.hasRemote // without one, no extra promise
    const remote = asksRemote ? await this.#tiers.fetch(storeKey, options.codec) : NOTHING_FETCHED
    const fetched = remote.entry && settledOfFetched(remote.entry)
    if (fetched !== undefined && this.fits(fetched, options)) {
      reading.skip?.()
      return fetched
    }
    const called = await reading.call(this.#contextFor(reading, context, remote.entry ?? reading.entry))
    const parts = { called: true, tierFailed: remote.failed }
    if (!called.ok) return { ...called, ...parts }
    const { completed } = called.options
    if (reach === 'load') {
      completed?.catch(() => {}) // the reader of the value receives this error
      return { ...called, ...parts }
    }
    if (completed !== undefined) {
      return { ...called, ...parts, streaming: this.#storeLater(reading, called, start) }
    }
    try {
      return { ...called, ...parts, entry: this.#store(reading, called, start) }
    } catch (error) {
      return { ...parts, ok: false, error } // invalid options of the load
    }
  }

  /** True if a reader may use a value that another reader's load, or the remote tier, returned. */
  fits<T>({ value, options, entry, called }: SettledValue, reader: InternalReadOptions<T>): boolean {
    if (options.share === false) return false
    // A value that was loaded just now meets every demand. A stale one of the remote tier is no better than a load.
    if (!called && entry !== undefined && useOf(entry, reader, this.#core.now()) !== 'hit') return false
    return reader.accept === undefined || reader.accept(value as T) // all readers of a key agree on its type
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

  /** The value is served while it is incomplete, and stored once it is complete. */
  #storeLater<T>(reading: Reading<T>, called: CalledValue, start: LoadStart): Streaming {
    const startedAt = this.#core.now()
    const completed = this.#storeCompleted(reading, called, start, startedAt)
    reading.options.waitUntil?.(completed)
    return { completed, storeKey: this.#tiers.targetOf(reading.storeKey, called.options), startedAt }
  }

  /** Never rejects. */
  async #storeCompleted<T>(
    reading: Reading<T>,
    called: CalledValue,
    start: LoadStart,
    startedAt: number,
  ): Promise<void> {
    const { options } = called
    try {
      const complete = await options.completed
      const ageMs = Math.max(0, options.ageMs ?? 0) + Math.max(0, this.#core.now() - startedAt) // counts from the first byte
      const stored =
        complete === undefined
          ? { value: undefined, options: { ...options, keep: false } }
          : { value: complete.value, options: { ...options, bytes: complete.bytes, ageMs } }
      this.#store(reading, { ...called, ...stored }, start)
    } catch {
      // The value broke off: its readers receive the error, and nothing is stored.
    }
  }
}

function settledOfFetched(entry: Entry): SettledValue {
  const { value, tags } = entry
  return { ok: true, value, options: { tags }, called: false, entry, tierFailed: false }
}
