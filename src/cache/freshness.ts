/** Freshness of stored entries (RFC 9111 §4.2, RFC 5861), in milliseconds. */
import type { Entry } from '../stores/entry.ts'

/** Limits of a reader, in addition to those of the entry. */
export interface Demands {
  /** Serve only values of at most this age, in ms. */
  maxAgeMs?: number
  /** Serve only values that stay fresh for at least this time, in ms. */
  minFreshMs?: number
  /** Also serve values that expired at most this long ago, in ms, unless the entry forbids it. */
  maxStaleMs?: number
}

/**
 * Use of an entry by a reader. `hit`: served fresh. `stale`: served stale, without a refresh. `refresh`: served stale, with a
 * background refresh. `load`: not served.
 */
export type Use = 'hit' | 'stale' | 'refresh' | 'load'

export function useOf(entry: Entry, demands: Demands, now: number): Use {
  if (demands.maxAgeMs !== undefined && now - entry.madeAt > demands.maxAgeMs) return 'load'
  const isFreshEnough = demands.minFreshMs === undefined || now + demands.minFreshMs <= entry.freshUntil
  if (now < entry.freshUntil && isFreshEnough) return 'hit'
  if (entry.mustRevalidate) return 'load'
  if (demands.minFreshMs === undefined && now < entry.revalidateUntil) return 'refresh'
  if (demands.maxStaleMs !== undefined && now - entry.freshUntil <= demands.maxStaleMs) return 'stale'
  return 'load'
}

/**
 * Returns true if a reader should refresh an entry before it expires (XFetch). Each reader draws a random number. The closer
 * the expiry and the longer the load took, the likelier the result is true.
 *
 * @param beta eagerness: 1 suits most caches, 0 disables early refreshes.
 * @param random returns a number from 0 to below 1.
 */
export function shouldRefreshEarly(entry: Entry, beta: number, random: () => number, now: number): boolean {
  if (!(beta > 0) || entry.loadMs === undefined) return false
  return now - entry.loadMs * beta * Math.log(random()) >= entry.freshUntil
}

/** Times of an entry, as in {@link Entry}. */
export type EntryTimes = Pick<Entry, 'freshUntil' | 'revalidateUntil' | 'errorUntil' | 'keptUntil'>

/**
 * Returns the times of an entry whose lifetime ends at `at` (epoch ms); its stale periods begin then. Returns `undefined` if it
 * ends earlier anyway.
 */
export function timesOfStale(entry: EntryTimes, at: number): EntryTimes | undefined {
  const { freshUntil } = entry
  if (freshUntil <= at) return undefined
  const moved = (until: number) => (until === freshUntil ? at : at + (until - freshUntil))
  return {
    freshUntil: at,
    revalidateUntil: moved(entry.revalidateUntil),
    errorUntil: moved(entry.errorUntil),
    keptUntil: moved(entry.keptUntil),
  }
}
