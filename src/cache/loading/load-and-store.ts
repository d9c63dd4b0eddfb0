/** One load from its beginning to its end: the remote tier is asked, then the caller's load, and what comes is kept. */
import type { Entry } from '../../stores/entry.ts'
import { howToUse } from '../freshness.ts'
import type { LoadedOptions } from '../lifetime.ts'
import type { LoadContext, ReadOptions } from '../read.ts'
import type { Birth, Tiers } from '../tiers/tiers.ts'
import type { Called } from './call-loader.ts'

/** One read on its way to an answer. */
export interface Reading<T> {
  /** The key in the store. */
  at: string
  /** Loads the key, by itself or with others. Never rejects. */
  call: (context: LoadContext) => Promise<Called>
  /** Says that this read needs no `call` for now, so that the other keys of a call for many need not wait for it. */
  spare: () => void
  options: ReadOptions<T>
  /** Fires when its reader waits no longer. */
  signal: AbortSignal | undefined
  /** The invalidation sequence when the reader came: it must never see what was invalidated before. */
  arrived: number
  /** Where a load for many keys gave this one no value, that is the answer (`readMany`), not a reason to load it by itself. */
  takesAbsence: boolean
}

/** How a load ended. Never a rejected promise: those who wait decide what to make of it. */
export type Settled = Answered | { ok: false; error: unknown; tierFailed: boolean }

export interface Answered {
  ok: true
  value: unknown
  said: LoadedOptions
  /** A load for many keys gave this one no value. */
  absent: boolean
  entry: Entry | undefined
  /** The remote tier had it: nothing was loaded. */
  fromRemote: boolean
  /** The remote tier should have been asked first, and did not answer. */
  tierFailed: boolean
  /** The value is still growing: it is kept, or not, when this resolves. Never rejects. */
  growing?: Promise<void>
  /** Where it is kept then: who asks there shares it meanwhile. */
  growingAt?: string | undefined
  /** Since when it grows, epoch ms. */
  since?: number
}

/** How far a load goes: does it look into the remote tier first, and does it keep what it brings? */
export type Reach = 'remote, load, keep' | 'load, keep' | 'load'

export interface LoadAndKeepOptions {
  tiers: Tiers
  /** The key as the stores know it; `undefined` when it cannot be used. */
  keyInStore: (key: string) => string | undefined
  /** Epoch ms. */
  now: () => number
}

export interface LoadAndKeep {
  /** Goes as far as it should. Never rejects. */
  run<T>(reading: Reading<T>, context: LoadContext, reach: Reach, birth: Birth): Promise<Settled>
  /** A fresh entry of the remote tier that this reader takes. A stale one is no better than loading. */
  fetchRemote<T>(reading: Reading<T>): Promise<Answered | 'nothing' | 'failed'>
  /** May this reader have what another's load, or the remote tier, brought? */
  fits<T>(answered: Answered, options: ReadOptions<T>): boolean
  /** Where an answer is kept that was asked for at this place; `undefined` where it cannot be. */
  targetOf(at: string, said: LoadedOptions): string | undefined
}

export function createLoadAndKeep({ tiers, keyInStore, now }: LoadAndKeepOptions): LoadAndKeep {
  async function run<T>(
    reading: Reading<T>,
    context: LoadContext,
    reach: Reach,
    birth: Birth,
  ): Promise<Settled> {
    const asked = reach === 'remote, load, keep' && tiers.hasRemote // without one, no load waits for a promise of it
    const fetched = asked ? await fetchRemote(reading) : 'nothing'
    if (typeof fetched !== 'string') {
      reading.spare()
      return fetched
    }
    const tierFailed = fetched === 'failed'

    const ended = await reading.call(context)
    if (!ended.ok) return { ...ended, tierFailed }
    if (reach === 'load') {
      ended.said.whole?.catch(() => {}) // who reads the value hears of it
      return { ...ended, entry: undefined, fromRemote: false, tierFailed }
    }
    const { at, options } = reading
    const { value, said, loadMs } = ended
    const keep = (value: unknown, said: LoadedOptions) => {
      const target = targetOf(at, said)
      const { entry, remotely } = tiers.keep({ at, target, value, said, birth, codec: options.codec, loadMs })
      if (remotely !== undefined) options.waitUntil?.(remotely)
      return entry
    }
    if (said.whole !== undefined) {
      const growing = keepWhole(said, said.whole, keep)
      options.waitUntil?.(growing)
      const growingAt = targetOf(at, said)
      return { ...ended, entry: undefined, fromRemote: false, tierFailed, growing, growingAt, since: now() }
    }
    try {
      return { ...ended, entry: keep(value, said), fromRemote: false, tierFailed }
    } catch (error) {
      return { ok: false, error, tierFailed } // options that cannot be read: their reader gets to know
    }
  }

  /** Keeps a value that has answered already, once all of it is there. Never rejects. */
  async function keepWhole(
    said: LoadedOptions,
    whole: NonNullable<LoadedOptions['whole']>,
    keep: (value: unknown, said: LoadedOptions) => unknown,
  ): Promise<void> {
    const begun = now()
    try {
      const grown = await whole
      if (grown === undefined) keep(undefined, { ...said, keep: false })
      else {
        const ageMs = Math.max(0, said.ageMs ?? 0) + Math.max(0, now() - begun) // it is as old as its beginning
        keep(grown.value, { ...said, bytes: grown.bytes, ageMs })
      }
    } catch {
      // It broke off: whoever reads it gets the error, and nothing of it is kept.
    }
  }

  async function fetchRemote<T>(reading: Reading<T>): Promise<Answered | 'nothing' | 'failed'> {
    const { at, options } = reading
    const fetched = await tiers.fetch(at, options.codec)
    if (typeof fetched === 'string') return fetched
    const { entry } = fetched
    const { value, tags } = entry
    const answered: Answered = {
      ok: true,
      value,
      said: { tags },
      absent: false,
      entry,
      fromRemote: true,
      tierFailed: false,
    }
    return fits(answered, options) ? answered : 'nothing'
  }

  function fits<T>({ value, said, entry, fromRemote }: Answered, options: ReadOptions<T>): boolean {
    if (said.share === false) return false
    // What was loaded just now meets every demand.
    if (fromRemote && (entry === undefined || howToUse(entry, options, now()) !== 'hit')) return false
    return options.accept === undefined || options.accept(value as T) // a key's readers agree on what it holds
  }

  function targetOf(at: string, { keep }: LoadedOptions): string | undefined {
    return typeof keep === 'string' ? keyInStore(keep) : at
  }

  return { run, fetchRemote, fits, targetOf }
}
