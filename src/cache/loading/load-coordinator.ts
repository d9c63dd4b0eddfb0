/** Who loads, and with whom: a reader joins the load that is under way, begins one, loads alone, or has it done behind. */
import type { Invalidations } from '../invalidation/invalidations.ts'
import type { ReadOptions } from '../read.ts'
import type { Schedule } from '../schedule.ts'
import type { Birth, Tiers } from '../tiers/tiers.ts'
import { createPatience } from './deadline-signal.ts'
import { type Answered, createLoadAndKeep, type Reach, type Reading, type Settled } from './load-and-store.ts'
import { createFlights, type Flight } from './single-flight.ts'

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
  /** On its own: nothing kept is looked at, and nothing is kept. */
  loadPast<T>(reading: Reading<T>): Promise<Settled>
  /** Loads behind a stale answer, unless the key is being loaded already. */
  refresh<T>(reading: Reading<T>): void
  /** Whoever comes from now on does not join the load that is under way, but begins another. */
  detach(at: string): void
  detachAll(): void
}

/**
 * A load that has not ended by then is taken for lost: its runtime may have been stopped, or what it waits for never comes.
 * Whoever waits for it goes on waiting, but nobody joins it any more.
 */
const LOST_MS = 30_000

export function createLoads(options: LoadsOptions): Loads {
  const { name, tiers, invalidations, coalesce, keyInStore, hear, now, schedule } = options
  const { run, fetchRemote, fits, targetOf } = createLoadAndKeep({ tiers, keyInStore, now })
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

  /** The same reader under the key that it would have asked for, had it known; nobody is sent on twice. */
  function elsewhere<T>(reading: Reading<T>, { value, said }: Answered): Reading<T> | undefined {
    const { elsewhere: ask, ...options } = reading.options
    if (ask === undefined || said.share === false) return undefined
    const at = keyInStore(ask(value as T)) // a key's readers agree on what it holds
    return at === undefined || at === reading.at ? undefined : { ...reading, at, options }
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

  function refresh<T>(reading: Reading<T>): void {
    const work = coalesce ? refreshForAll(reading) : refreshAlone(reading)
    if (work === undefined) reading.spare()
    else reading.options.waitUntil?.(work)
  }

  /** `undefined`: the key is being loaded already. */
  function refreshForAll<T>(asked: Reading<T>): Promise<unknown> | undefined {
    if (current(asked.at) !== undefined) return undefined
    const { reading, over } = behind(asked)
    // It waits for itself, so that nobody who joins and leaves can stop it.
    return outcomeOf(begin(reading, 'load, keep', true), reading.signal).finally(over)
  }

  /** Where readers may not share promises, they still know that the key is being refreshed: `undefined` then. */
  function refreshAlone<T>(asked: Reading<T>): Promise<unknown> | undefined {
    const { at } = asked
    const clock = now()
    for (const [key, since] of refreshing) {
      if (clock - since < LOST_MS) break // they are in the order of their beginning
      refreshing.delete(key)
    }
    if (refreshing.has(at)) return undefined
    refreshing.set(at, clock)
    const { reading, over } = behind(asked)
    return alone(reading, 'load, keep', true)
      .finally(over)
      .then((settled) => (settled.ok ? settled.growing : undefined))
      .finally(() => {
        // One that was taken for lost may still come: then another is under way.
        if (refreshing.get(at) === clock) refreshing.delete(at)
      })
  }

  /** The same load without its reader, who has gone with a stale answer: nothing but the deadline ends it. */
  function behind<T>(asked: Reading<T>): { reading: Reading<T>; over: () => void } {
    const { hardTimeoutMs } = asked.options
    if (hardTimeoutMs === undefined) return { reading: { ...asked, signal: undefined }, over() {} }
    const { signal, over } = createPatience(name, schedule, undefined, hardTimeoutMs)
    return { reading: { ...asked, signal }, over }
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
