/** Freshness of stored entries (RFC 9111 §4.2, RFC 5861), in milliseconds. */
import type { Entry } from '../stores/entry.ts'

/** Limits that a reader sets beyond those of the entry. */
export interface Demands {
  /** Serve nothing older than this, in ms. */
  maxAgeMs?: number
  /** Serve nothing that stays fresh for less than this, in ms. */
  minFreshMs?: number
  /** Serve values that are stale by up to this, in ms, unless the entry forbids it. */
  maxStaleMs?: number
}

/** `hit`: fresh. `stale`: served as it is. `refresh`: served stale, with a background refresh. `load`: not usable. */
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
 * True if a reader should refresh a hit before it expires (XFetch). Each reader draws a random number; the closer the expiry
 * and the longer the load, the likelier the result is true.
 *
 * @param beta eagerness: 1 suits most, 0 disables.
 * @param random returns a number from 0 to below 1.
 */
export function shouldRefreshEarly(entry: Entry, beta: number, random: () => number, now: number): boolean {
  if (!(beta > 0) || entry.loadMs === undefined) return false
  return now - entry.loadMs * beta * Math.log(random()) >= entry.freshUntil
}
