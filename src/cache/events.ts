/** The events that a cache emits. Metrics and logs are made from them elsewhere: the engine imports neither. */
import type { EvictionReason } from '../stores/store.ts'

/** Ends of a read. Each read has exactly one outcome. */
export const outcomes = ['hit', 'stale', 'miss', 'coalesced', 'error', 'bypass'] as const

export type Outcome = (typeof outcomes)[number]

export type Tier = 'memory' | 'remote'

export type TierOperation = 'get' | 'set' | 'delete' | 'clear' | 'invalidate'

/**
 * `refused`: larger than the tier accepts, or the value cannot be encoded. `absent`: nothing to delete. `timeout`: no answer
 * within the deadline. `out`: not asked, because the circuit breaker is open. `corrupt`: foreign or damaged bytes, or a value that
 * its codec or schema rejects. `outdated`: another version of the form or of the schema. Corrupt and outdated entries count as
 * missing, and are removed.
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

/** The HTTP request that used the cache, if there is one. */
export interface About {
  method: string
  /** The route's pattern, never a path. */
  route: string
}

/** The undeclared dependency of a response: see {@link CacheEvent} `warning`. */
export type Warning = 'depends-on-cookie' | 'depends-on-authorization'

export type CacheEvent =
  /** A read settled. Every read emits exactly one of these. */
  | ({
      type: 'read'
      cache: string
      outcome: Outcome
      tier: Tier | undefined
      durationMs: number
    } & Partial<About>)
  /**
   * A call of a load ended; each retry is a call of its own. `error` is the value that it threw; a TypeError when it returned
   * `undefined` (its readers get that value, and it is not stored); `undefined` when it returned a failure.
   */
  | ({
      type: 'load'
      cache: string
      result: 'ok' | 'error'
      background: boolean
      durationMs: number
      error: unknown
      /** The number of keys, if it was one call for many. */
      keys?: number
      /** The load will be called again after this time, in ms. */
      retryInMs?: number
    } & Partial<About>)
  /** A tier removed an entry by itself. */
  | { type: 'eviction'; cache: string; tier: Tier; reason: EvictionReason }
  /** An operation of a tier ended. Reads of the memory tier are not among these: the `read` events include them. */
  | {
      type: 'tier'
      cache: string
      tier: Tier
      operation: TierOperation
      result: TierResult
      /** Remote tier only. */
      durationMs?: number
      /** The store's error, with the result `error`. */
      error?: unknown
    }
  /** Keys, tags or everything were invalidated. */
  | { type: 'invalidation'; cache: string; scope: 'key' | 'tags' | 'all'; count: number }
  /** An operation of the invalidation bus failed: other instances may not have received an invalidation, or this one missed some. */
  | { type: 'bus'; cache: string; operation: 'publish' | 'renew'; error: unknown }
  /**
   * A route's response depends on the client without declaring it in `Vary` or `Cache-Control`, so it was not stored. Emitted
   * once per route and header.
   */
  | ({ type: 'warning'; cache: string; warning: Warning } & About)

export type CacheListener = (event: CacheEvent) => void
