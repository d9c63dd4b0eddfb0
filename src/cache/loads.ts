/** Loading: with others or alone, in the foreground or behind a stale answer; and keeping what a load brings. */

import type { Entry } from '../stores/entry.ts'
import type { Called } from './calls.ts'
import { howToUse } from './freshness.ts'
import type { Invalidations } from './invalidations.ts'
import type { LoadedOptions } from './lifetime.ts'
import { createPatience } from './patience.ts'
import type { LoadContext, ReadOptions } from './read.ts'
import type { Schedule } from './schedule.ts'
import { createFlights, type Flight } from './single-flight.ts'
import type { Birth, Tiers } from './tiers.ts'

/** One read on its way to an answer. */
export interface Reading<T> {
  /** The key in the store. */
  at: string
  /** Loads the key, by itself or with others. Never rejects. */
  call: (context: LoadContext) => Promise<Called>
  /** It does without a call of its own for now, so that those it would have been loaded with need not wait for it. */
  spare: () => void
  options: ReadOptions<T>
  /** Fires when its reader waits no longer. */
  signal: AbortSignal | undefined
  /** The invalidation sequence when the reader came: it must never see what was invalidated before. */
  arrived: number
  /** That a load for many keys gave this one no value is an answer for it. */
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

export interface LoadsOptions {
  /** The cache's, in events. */
  name: string
  tiers: Tiers
  invalidations: Invalidations
  /** May readers share a promise? */
  coalesce: boolean
  /** The key as the stores know it; `undefined` when it cannot be used. */
  keyInStore: (key: string) => string | undefined
  /** Brings in what other threads have invalidated. */
  hear: () => void
  /** Epoch ms. */
  now: () => number
  schedule: Schedule
}

export interface Loads {
  /** One at a time for each key. `shared`: another reader had begun it. */
  load<T>(reading: Reading<T>): Promise<{ settled: Settled; shared: boolean }>
  /** What the remote tier alone has for this reader. */
  fetchRemote<T>(reading: Reading<T>): Promise<Answered | 'nothing' | 'failed'>
  /** On its own, the cache neither asked nor told. */
  loadPast<T>(reading: Reading<T>): Promise<Settled>
  /** Behind a stale answer, unless someone does already. */
  refresh<T>(reading: Reading<T>): void
  /** Whoever comes from now on begins anew. */
  detach(at: string): void
  detachAll(): void
}

/**
 * A load that has not ended by then is taken for lost: its runtime may have been stopped, or what it waits for never comes.
 * Whoever waits for it goes on waiting, but nobody joins it any more.
 */
const LOST_MS = 30_000

/** How far a load goes: does it look into the remote tier first, and does it keep what it brings? */
type Reach = 'remote, load, keep' | 'load, keep' | 'load'

export function createLoads(options: LoadsOptions): Loads {
  const { name, tiers, invalidations, coalesce, keyInStore, hear, now, schedule } = options
  const flights = createFlights<Settled>({
    lasting: (settled) =>
      settled.ok && settled.growing ? { over: settled.growing, alsoAt: settled.growingAt } : undefined,
    now,
    lostMs: LOST_MS,
  })
  /** Where promises cannot be shared: which keys are being refreshed behind, and since when (epoch ms). */
  const refreshing = new Map<string, number>()

  async function load<T>(reading: Reading<T>): Promise<{ settled: Settled; shared: boolean }> {
    const { at, options, arrived, signal } = reading
    const anew = options.strategy === 'invalidate'
    const reach: Reach = anew ? 'load, keep' : 'remote, load, keep'
    if (anew) invalidations.advance() // an older load may not overwrite what this one brings
    if (!coalesce || options.alone) return { settled: await alone(reading, reach), shared: false }

    const flight = anew ? undefined : current(at)
    if (flight === undefined) {
      return { settled: await outcomeOf(begin(reading, reach, false), signal), shared: false }
    }

    reading.spare()
    const settled = await outcomeOf(flight, signal)
    if (settled.ok && arrived > flight.born && isOutdated(reading, settled, flight.born)) {
      // That load began before an invalidation which this reader came after. It may still be there, its value growing.
      if (flights.current(at) === flight) flights.detach(at)
      return load(reading)
    }
    if (settled.ok && isOver(settled, options)) {
      if (flights.current(at) === flight) giveUp(at)
      return load(reading)
    }
    if (settled.ok && settled.absent && !reading.takesAbsence) {
      return load(reading) // together with others who do not either: its own load may know the key
    }
    if (settled.ok && !fits(settled, options)) {
      const other = elsewhere(reading, settled)
      if (other !== undefined) return load(other)
      const own = await alone(reading, 'load, keep')
      return { settled: { ...own, tierFailed: settled.tierFailed }, shared: false }
    }
    return { settled, shared: true }
  }

  /** The load that a newcomer may join. */
  function current(at: string): Flight<Settled> | undefined {
    const flight = flights.current(at)
    if (flight?.isLost !== true) return flight
    giveUp(at)
    return undefined
  }

  /** Nobody joins this load any more; should it end after all, it may not overwrite what is loaded from now on. */
  function giveUp(at: string): void {
    flights.detach(at)
    invalidations.advance()
  }

  function isOutdated<T>({ at }: Reading<T>, { said }: Answered, born: number): boolean {
    return tiers.isOutdated([at, targetOf(at, said) ?? at], said.tags ?? [], born)
  }

  /** Has it been growing for longer than it is fresh, or than this reader takes? */
  function isOver<T>(
    { said, since }: Answered,
    { maxAgeMs = Number.POSITIVE_INFINITY }: ReadOptions<T>,
  ): boolean {
    const grownMs = since === undefined ? 0 : now() - since
    const { ttlMs = Number.POSITIVE_INFINITY, ageMs = 0 } = said
    return grownMs > 0 && Math.max(0, ageMs) + grownMs >= Math.min(ttlMs, maxAgeMs)
  }

  /** Where an answer is kept. */
  function targetOf(at: string, { keep }: LoadedOptions): string | undefined {
    return typeof keep === 'string' ? keyInStore(keep) : at
  }

  /** The same reader under the key that it would have asked for, had it known; nobody is sent on twice. */
  function elsewhere<T>(reading: Reading<T>, { value, said }: Answered): Reading<T> | undefined {
    const { elsewhere: ask, ...options } = reading.options
    if (ask === undefined || said.share === false) return undefined
    const at = keyInStore(ask(value as T)) // a key's readers agree on what it holds
    return at === undefined || at === reading.at ? undefined : { ...reading, at, options }
  }

  /** May this reader have what another's load, or the remote tier, brought? */
  function fits<T>({ value, said, entry, fromRemote }: Answered, options: ReadOptions<T>): boolean {
    if (said.share === false) return false
    // What was loaded just now meets every demand.
    if (fromRemote && (entry === undefined || howToUse(entry, options, now()) !== 'hit')) return false
    return options.accept === undefined || options.accept(value as T) // a key's readers agree on what it holds
  }

  function birthOfLoad(): Birth {
    hear() // else what was invalidated before would seem newer than what this load brings
    return tiers.birth()
  }

  function begin<T>(reading: Reading<T>, reach: Reach, background: boolean): Flight<Settled> {
    const birth = birthOfLoad()
    return flights.begin(reading.at, birth.born, (signal) =>
      run(reading, { signal, background }, reach, birth),
    )
  }

  function alone<T>(reading: Reading<T>, reach: Reach, background = false): Promise<Settled> {
    const birth = birthOfLoad()
    const flight = flights.beginAlone(birth.born, (signal) =>
      run(reading, { signal, background }, reach, birth),
    )
    return outcomeOf(flight, reading.signal)
  }

  function refresh<T>(asked: Reading<T>): void {
    const { at, options } = asked
    if (coalesce) {
      if (current(at) !== undefined) {
        asked.spare()
        return
      }
      const { reading, over } = behind(asked)
      // It waits for itself, so that nobody who joins and leaves can stop it.
      const work = outcomeOf(begin(reading, 'load, keep', true), reading.signal).finally(over)
      options.waitUntil?.(work)
      return
    }
    const clock = now()
    for (const [key, since] of refreshing) {
      if (clock - since < LOST_MS) break // they are in the order of their beginning
      refreshing.delete(key)
    }
    if (refreshing.has(at)) {
      asked.spare()
      return
    }
    refreshing.set(at, clock)
    const { reading, over } = behind(asked)
    const work = alone(reading, 'load, keep', true)
      .finally(over)
      .then((settled) => (settled.ok ? settled.growing : undefined))
      .finally(() => {
        // One that was taken for lost may still come: then another is under way.
        if (refreshing.get(at) === clock) refreshing.delete(at)
      })
    options.waitUntil?.(work)
  }

  /** Its reader has gone with an answer: nothing but the deadline ends it. */
  function behind<T>(asked: Reading<T>): { reading: Reading<T>; over: () => void } {
    const { hardDeadlineMs } = asked.options
    if (hardDeadlineMs === undefined) return { reading: { ...asked, signal: undefined }, over() {} }
    const { signal, over } = createPatience(name, schedule, undefined, hardDeadlineMs)
    return { reading: { ...asked, signal }, over }
  }

  /** Asks the remote tier, loads, and keeps what the load brings, as far as it reaches. Never rejects. */
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

  /** A fresh entry of the remote tier that this reader takes. A stale one is no better than loading. */
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

  return {
    load,
    fetchRemote,
    loadPast: (reading) => alone(reading, 'load'),
    refresh,
    detach: flights.detach,
    detachAll: flights.detachAll,
  }
}

/** Those who wait for a flight and leave early see an error of their own. */
function outcomeOf(flight: Flight<Settled>, signal: AbortSignal | undefined): Promise<Settled> {
  return flight.wait(signal).catch((error: unknown) => ({ ok: false, error, tierFailed: false }))
}
