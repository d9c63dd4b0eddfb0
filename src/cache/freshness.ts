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
  if (now + (demands.minFreshMs ?? 0) < entry.freshUntil) return 'hit'
  if (entry.mustRevalidate) return 'load'
  if (demands.minFreshMs === undefined && now < entry.revalidateUntil) return 'refresh'
  if (demands.maxStaleMs !== undefined && now - entry.freshUntil <= demands.maxStaleMs) return 'stale'
  return 'load'
}
