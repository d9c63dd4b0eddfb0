/** Everything the engine tells about what it did. Others count and log; the engine knows neither metrics nor logs. */
import type { EvictionReason } from '../stores/store.ts'

/** How a read ended: exactly one of these. */
export const outcomes = ['hit', 'stale', 'miss', 'coalesced', 'error', 'bypass'] as const

export type Outcome = (typeof outcomes)[number]

export type Tier = 'memory' | 'remote'

export type TierOperation = 'get' | 'set' | 'delete' | 'clear' | 'invalidate'

/**
 * `refused`: larger than the tier takes, or nothing that can be made bytes of. `absent`: there was nothing to delete.
 * `timeout`: no answer within the deadline. `out`: not asked, because it has kept failing. `corrupt`: what was there is not
 * ours, damaged, or not what its codec or schema takes. `outdated`: it is of another version of the form or of the schema.
 * Both are read as nothing, and removed.
 */
export type TierResult =
  | 'hit'
  | 'miss'
  | 'corrupt'
  | 'outdated'
  | 'ok'
  | 'refused'
  | 'absent'
  | 'error'
  | 'timeout'
  | 'out'

/** On whose behalf the cache was asked, where that is an HTTP request. */
export interface About {
  method: string
  /** The route's pattern, never a path. */
  route: string
}

/** What an answer was made from, though it does not say so: see {@link CacheEvent} `warning`. */
export type Warning = 'depends-on-cookie' | 'depends-on-authorization'

export type CacheEvent =
  /** A read settled. Every read makes exactly one of these. */
  | ({
      type: 'read'
      cache: string
      outcome: Outcome
      tier: Tier | undefined
      durationMs: number
    } & Partial<About>)
  /**
   * A load ended, whoever asked for it: one event for each call, also for each that is tried again. `error` is what it threw;
   * a TypeError when it gave `undefined` (its readers get that as a value, and nobody keeps it); or undefined when it answered with a failure.
   */
  | ({
      type: 'load'
      cache: string
      result: 'ok' | 'error'
      background: boolean
      durationMs: number
      error: unknown
      /** It was one call for so many keys. */
      keys?: number
      /** It will be called again, after so long in ms. */
      retryInMs?: number
    } & Partial<About>)
  /** An entry left a tier without being asked to. */
  | { type: 'eviction'; cache: string; tier: Tier; reason: EvictionReason }
  /** A tier was asked for something. The memory tier's reads are in the `read` events, which cost less. */
  | {
      type: 'tier'
      cache: string
      tier: Tier
      operation: TierOperation
      result: TierResult
      /** Remote tier only. */
      durationMs?: number
      /** What the store gave as its reason, with result `error`. */
      error?: unknown
    }
  /** A key, tags or everything became invalid. */
  | { type: 'invalidation'; cache: string; scope: 'key' | 'tags' | 'all'; count: number }
  /**
   * Something that its developer should know: an answer depends on who asks, without saying so in `Vary` or `Cache-Control`.
   * It was not kept. Told once for each route and field.
   */
  | ({ type: 'warning'; cache: string; warning: Warning } & About)

export type CacheListener = (event: CacheEvent) => void
