/** The events that a cache emits. Other modules make metrics and logs from them, so the engine imports neither. */
import type { EvictionReason } from '../stores/store.ts'

/** Outcomes of a read. Each read has exactly one. */
export const outcomes = ['hit', 'stale', 'miss', 'coalesced', 'error', 'bypass'] as const

export type Outcome = (typeof outcomes)[number]

export type Tier = 'memory' | 'remote'

export type TierOperation =
  | 'get'
  | 'set'
  | 'delete'
  | 'clear'
  | 'invalidate'
  | 'expire'
  | 'renew'
  | 'release'
  | 'ping'

/**
 * `busy`: another process loads the key. `refused`: the entry is larger than the tier accepts, its size is not known, its
 * value cannot be encoded, or the tier granted no lease. `lost`: the lease ended before the value was stored, so it was not stored. `absent`: there was
 * nothing to delete. `timeout`: no answer within the deadline. `out`: not attempted, because the circuit breaker is open.
 * `corrupt`: foreign or damaged bytes, or a value that its codec or schema rejects. `outdated`: another version of the format or
 * of the schema. The read treats corrupt and outdated entries as missing, and the next value replaces them.
 */
export type TierResult =
  | 'hit'
  | 'miss'
  | 'corrupt'
  | 'outdated'
  | 'ok'
  | 'busy'
  | 'refused'
  | 'lost'
  | 'absent'
  | 'error'
  | 'timeout'
  | 'out'

/** The HTTP request that used the cache, if there is one. */
export interface About {
  method: string
  /** Pattern of the route, such as `/users/:id`; never the path of the request. */
  route: string
}

/**
 * A mistake of a route, for its developer; see {@link CacheEvent}. `depends-on-` is followed by the name of a request header,
 * `reads-variable-` by the name of a variable of the context. `access-check-behind-cache`: hits pass middleware that may refuse
 * a request.
 */
export type Warning =
  | `depends-on-${string}`
  | `reads-variable-${string}`
  | 'access-check-behind-cache'
  | 'targeted-control'

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
   * A call of a loader ended; each retry is a separate call. `error` is the value that the loader threw. If the loader returned
   * `undefined`, `error` is a TypeError, and readers get `undefined`, which is not stored. If it returned a value marked as
   * `failed`, `error` is `undefined`.
   */
  | ({
      type: 'load'
      cache: string
      result: 'ok' | 'error'
      background: boolean
      durationMs: number
      error: unknown
      /** Number of keys, in a call for many keys. */
      keys?: number
      /** If set, the loader will be called again after this time, in ms. */
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
      /** Duration in ms; only for the remote tier. */
      durationMs?: number
      /** Error of the store if `result` is `error`; the reason, if there is one, if it is `refused`. */
      error?: unknown
    }
  /**
   * A lease of the shared tier began or ended. It begins as `granted` or `taken-over` (the lease of another process had run
   * out), and ends as `stored`, `released` (without a value) or `lost` (invalidated, run out, or the tier failed).
   */
  | { type: 'lease'; cache: string; result: LeaseResult }
  /**
   * A read stopped waiting for the load of another process. `value`: it got the value. `none`: there was no value to share.
   * `left`: the reader left, or the shared tier failed.
   */
  | { type: 'lease-wait'; cache: string; result: 'value' | 'none' | 'left'; durationMs: number }
  /** Keys, tags or everything were invalidated, or made stale. */
  | { type: 'invalidation'; cache: string; scope: 'key' | 'tags' | 'all'; count: number }
  /** An operation of the invalidation bus failed, so this instance or the others may have missed invalidations. */
  | { type: 'bus'; cache: string; operation: 'publish' | 'renew'; error: unknown }
  /** A message of the shared tier's invalidation bus, heartbeats included. */
  | { type: 'bus-message'; cache: string; direction: 'sent' | 'received' }
  /**
   * The shared tier's invalidation bus may have lost messages, so memory was emptied. `missing`: the number of a message was too
   * high. `publisher-lost`: a process ended without its last message.
   */
  | { type: 'bus-gap'; cache: string; reason: 'missing' | 'publisher-lost' }
  /**
   * A response depends on a request header that its `Vary` or `Cache-Control` does not declare, so it was not stored. Emitted
   * once per route and header. `targeted-control`: the function in `targetedControl` threw an error or returned no directives,
   * so the response was judged without it; emitted once per route, with the error.
   */
  | ({ type: 'warning'; cache: string; warning: Warning; error?: unknown } & About)
  /**
   * An audit of a hit ended. `different`: a load returned another value than the stored one, which was not invalidated, written or
   * loaded meanwhile. `failed`: the load failed, or the values could not be compared; `error` is the reason.
   */
  | ({
      type: 'audit'
      cache: string
      result: AuditResult
      /** Age of the value when it was served, in ms. */
      ageMs: number
      error?: unknown
    } & Partial<About>)

export type AuditResult = 'same' | 'different' | 'failed'

export type LeaseResult = 'granted' | 'taken-over' | 'stored' | 'released' | 'lost'

export type CacheListener = (event: CacheEvent) => void
