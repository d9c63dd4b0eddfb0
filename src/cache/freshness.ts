/** May a kept entry answer a reader, now? RFC 9111 §4.2 and RFC 5861, in milliseconds. */
import type { Entry } from '../stores/entry.ts'

/** What a reader demands of an entry beyond what the entry itself allows. */
export interface Demands {
  /** Do not answer with anything older, in ms. */
  maxAgeMs?: number
  /** Do not answer with anything that is fresh for less than this, in ms. */
  minFreshMs?: number
  /** Answer stale by up to this, in ms, unless the entry forbids it. */
  maxStaleMs?: number
}

/** `hit`: fresh. `stale`: the reader takes it as it is. `refresh`: answer stale and load behind. `load`: not usable. */
export type Use = 'hit' | 'stale' | 'refresh' | 'load'

export function howToUse(entry: Entry, demands: Demands, now: number): Use {
  if (demands.maxAgeMs !== undefined && now - entry.madeAt > demands.maxAgeMs) return 'load'
  const isFreshEnough = demands.minFreshMs === undefined || now + demands.minFreshMs <= entry.freshUntil
  if (now < entry.freshUntil && isFreshEnough) return 'hit'
  if (entry.mustRevalidate) return 'load'
  if (demands.minFreshMs === undefined && now < entry.revalidateUntil) return 'refresh'
  if (demands.maxStaleMs !== undefined && now - entry.freshUntil <= demands.maxStaleMs) return 'stale'
  return 'load'
}

/**
 * Is it time to refresh it behind, before it ends? XFetch: each reader throws the dice, and the sooner the end and the longer
 * the load, the likelier one of them is the first.
 *
 * @param beta how eager: 1 is right for most, 0 never.
 * @param random from 0 to below 1.
 */
export function endsSoon(entry: Entry, beta: number, random: () => number, now: number): boolean {
  if (!(beta > 0) || entry.loadMs === undefined) return false
  return now - entry.loadMs * beta * Math.log(random()) >= entry.freshUntil
}
