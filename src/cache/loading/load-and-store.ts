/** One load from start to end: asks the remote tier, then calls the loader, then stores the value. */
import type { Entry } from '../../stores/entry.ts'
import type { CacheCore } from '../core.ts'
import { useOf } from '../freshness.ts'
import type { InternalLoadContext, InternalReadOptions } from '../http-reads.ts'
import type { LoadedOptions } from '../lifetime.ts'
import type { LoadContext } from '../read.ts'
import type { LoadStart, Tiers } from '../tiers/tiers.ts'
import type { Called } from './call-loader.ts'

/** One read that memory could not answer. */
export interface Reading<T> {
  key: string
  /** The key with the namespace. */
  storeKey: string
  /** The entry that the look-up found: stale, or not accepted by this reader. */
  found: Entry<T> | undefined
  /** Calls the loader, alone or with other keys. Never rejects. */
  call: (context: InternalLoadContext) => Promise<Called>
  /** Declares that this read needs no `call` for now, so that other keys of a call for many need not wait for it. */
  skip: () => void
  options: InternalReadOptions<T>
  /** Aborts when the caller leaves or its deadline passes. */
  signal: AbortSignal | undefined
  /** The invalidation sequence number when the read started. The read must not return anything invalidated before. */
  startedAtSequence: number
  /** In `readMany`, a value that is missing from the result of the load is the answer, and no reason to load the key again. */
  acceptsAbsence: boolean
}

/** Result of a load. Loads never reject: each waiting reader decides on its own. */
export type Settled = SettledValue | SettledError

export interface SettledError {
  ok: false
  error: unknown
  tierFailed: boolean
  /** True if the loader was called. */
  called: boolean
}

export interface SettledValue {
  ok: true
  value: unknown
  options: LoadedOptions
  /** A load for many keys returned no value for this one. */
  absent: boolean
  /** The stored entry; `undefined` if the value was not stored. */
  entry: Entry | undefined
  /** The remote tier had the value, and the loader was not called. */
  fromRemote: boolean
  /** The remote tier did not answer. */
  tierFailed: boolean
  report: unknown
  /** Present while the value is incomplete. */
  streaming?: Streaming
}

export interface Streaming {
  /** Resolves when the complete value is stored, or will not be. Never rejects. */
  completed: Promise<void>
  /** The key under which it will be stored; readers of that key share the load meanwhile. */
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

  /** Never rejects. */
  async run<T>(reading: Reading<T>, context: LoadContext, reach: Reach, start: LoadStart): Promise<Settled> {
    const asksRemote = reach === 'remote, load, store' && this.#tiers.hasRemote // without one, no extra promise
    const remote = asksRemote ? await this.#fetch(reading) : NOTHING
    if (remote.usable !== undefined) {
      reading.skip()
      return remote.usable
    }
    const { tierFailed } = remote

    const called = await reading.call(this.#contextFor(reading, context, remote.entry ?? reading.found))
    if (!called.ok) return { ...called, tierFailed, called: true }
    if (reach === 'load') {
      called.options.completed?.catch(() => {}) // the reader of the value receives this error
      return { ...called, entry: undefined, fromRemote: false, tierFailed }
    }
    if (called.options.completed !== undefined) return this.#storeLater(reading, called, start, tierFailed)
    try {
      const entry = this.#store(reading, called, start)
      return { ...called, entry, fromRemote: false, tierFailed }
    } catch (error) {
      return { ok: false, error, tierFailed, called: true } // invalid options of the load
    }
  }

  /** A fresh entry of the remote tier that this reader accepts. A stale one is no better than a load. */
  async fetchRemote<T>(reading: Reading<T>): Promise<SettledValue | 'nothing' | 'failed'> {
    const { usable, tierFailed } = await this.#fetch(reading)
    return usable ?? (tierFailed ? 'failed' : 'nothing')
  }

  /** True if a reader may use a value that another reader's load, or the remote tier, returned. */
  fits<T>({ value, options, entry, fromRemote }: SettledValue, reader: InternalReadOptions<T>): boolean {
    if (options.share === false) return false
    // A value that was loaded just now meets every demand.
    if (fromRemote && (entry === undefined || useOf(entry, reader, this.#core.now()) !== 'hit')) return false
    return reader.accept === undefined || reader.accept(value as T) // all readers of a key agree on its type
  }

  /** The store key for a loaded value; `undefined` if the key that the load chose cannot be used. */
  targetOf(storeKey: string, { keep }: LoadedOptions): string | undefined {
    return typeof keep === 'string' ? this.#core.toStoreKey(keep) : storeKey
  }

  #contextFor<T>(
    { key, storeKey }: Reading<T>,
    { signal, background }: LoadContext,
    found: Entry | undefined,
  ): InternalLoadContext {
    return {
      signal,
      background,
      key,
      storedValue: () => {
        if (found === undefined) return undefined
        return this.#tiers.isInvalidated([storeKey], found.tags, found.sequence) ? undefined : found.value
      },
    }
  }

  #store<T>(
    { storeKey, options: { codec, waitUntil } }: Reading<T>,
    { value, options, loadMs }: Called & { ok: true },
    start: LoadStart,
  ): Entry | undefined {
    const targetKey = this.targetOf(storeKey, options)
    const { entry, remoteWrite } = this.#tiers.store({
      storeKey,
      targetKey,
      value,
      options,
      start,
      codec,
      loadMs,
    })
    if (remoteWrite !== undefined) waitUntil?.(remoteWrite)
    return entry
  }

  /** The value is served while it is incomplete, and stored once it is complete. */
  #storeLater<T>(
    reading: Reading<T>,
    called: Called & { ok: true },
    start: LoadStart,
    tierFailed: boolean,
  ): SettledValue {
    const startedAt = this.#core.now()
    const completed = this.#storeCompleted(reading, called, start, startedAt)
    reading.options.waitUntil?.(completed)
    const storeKey = this.targetOf(reading.storeKey, called.options)
    const streaming = { completed, storeKey, startedAt }
    return { ...called, entry: undefined, fromRemote: false, tierFailed, streaming }
  }

  /** Never rejects. */
  async #storeCompleted<T>(
    reading: Reading<T>,
    called: Called & { ok: true },
    start: LoadStart,
    startedAt: number,
  ): Promise<void> {
    const { options } = called
    try {
      const complete = await options.completed
      if (complete === undefined) {
        this.#store(reading, { ...called, value: undefined, options: { ...options, keep: false } }, start)
        return
      }
      const ageMs = Math.max(0, options.ageMs ?? 0) + Math.max(0, this.#core.now() - startedAt) // counts from the first byte
      const { value, bytes } = complete
      this.#store(reading, { ...called, value, options: { ...options, bytes, ageMs } }, start)
    } catch {
      // The value broke off: its readers receive the error, and nothing is stored.
    }
  }

  async #fetch<T>(reading: Reading<T>): Promise<RemoteResult> {
    const { storeKey, options } = reading
    const fetched = await this.#tiers.fetch(storeKey, options.codec)
    if (fetched === 'nothing') return NOTHING
    if (fetched === 'failed') return FAILED
    const { entry } = fetched
    const value: SettledValue = {
      ok: true,
      value: entry.value,
      options: { tags: entry.tags },
      absent: false,
      entry,
      fromRemote: true,
      tierFailed: false,
      report: undefined,
    }
    return { usable: this.fits(value, options) ? value : undefined, entry, tierFailed: false }
  }
}

interface RemoteResult {
  usable: SettledValue | undefined
  /** The entry, whether usable or not. */
  entry: Entry | undefined
  tierFailed: boolean
}

const NOTHING: RemoteResult = { usable: undefined, entry: undefined, tierFailed: false }
const FAILED: RemoteResult = { ...NOTHING, tierFailed: true }
