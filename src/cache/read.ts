/** One read of the cache: its options, its load and its result. */
import {
  aBoolean,
  aFunction,
  aNumber,
  anObject,
  milliseconds,
  type OptionRules,
  oneOf,
  requireOptions,
  validateOptions,
  withMethods,
} from '../options.ts'
import { aCodec, type Codec } from './codec.ts'
import type { Outcome, Tier } from './events.ts'
import type { Demands } from './freshness.ts'
import { type Lifetime, type Loaded, lifetimeRules } from './lifetime.ts'

/** Permissions of the caller; the counterpart for data of RFC 9111 §5.2.1. */
export type Strategy =
  /** Cache only, nothing is loaded (`only-if-cached`). */
  | 'fresh'
  /** Cache, otherwise load and store. */
  | 'refresh'
  /** Load, and replace the stored value (`no-cache`). */
  | 'invalidate'
  /** Load; the cache is neither read nor written (`no-store`). */
  | 'bypass'

/** The result of one read. */
export interface Read<T> {
  value: T
  outcome: Outcome
  /** The tier that had the value; absent when it was loaded. */
  tier?: Tier
  /** The age of the value, in ms. */
  ageMs: number
  /** Remaining freshness in ms; negative when it is stale, 0 when it was not stored. */
  expiresInMs: number
  /** True if the cache has stored it. */
  kept: boolean
}

export interface ReadOptions<T = unknown> extends Lifetime, Demands {
  /** Default `refresh`. */
  strategy?: Strategy
  /** When the load throws, serve any stored value, however stale, unless it must be revalidated. Default false. */
  staleOnThrow?: boolean
  /** Encodes the value for a remote tier. Default JSON, which turns a Date into a string and a Map into an object. */
  codec?: Codec<T>
  /** Aborts when the caller leaves: its read rejects. The load's own signal aborts once no reader waits for it any more. */
  signal?: AbortSignal
  /** Keeps the runtime alive for work that goes on after the read has settled (Workers: `ctx.waitUntil`). */
  waitUntil?: (work: Promise<unknown>) => void
  /**
   * When the load takes longer than this, in ms, an entry that `staleIfErrorMs` allows is served stale, and the load goes on.
   * Counts from the moment at which memory had no answer. Default: never.
   */
  softTimeoutMs?: number
  /**
   * When there is no answer after this time, in ms, the remote tier and all retries included, the read ends as if the load had
   * failed: with a stale entry that `staleIfErrorMs` allows, otherwise with a {@link DeadlineError}. The load goes on for other
   * readers; its signal aborts when there are none. Also ends a background refresh. Has no effect on the strategy `fresh`.
   * Default: never.
   */
  hardTimeoutMs?: number
  /** Retries of a failed load. Default: none. */
  retry?: Retry
  /**
   * Refreshes a hit in the background before it expires, at random: the closer the expiry and the longer the load took, the
   * more likely. One reader then reloads a costly value before it is missing for all. 1 suits most; higher values refresh
   * earlier; 0: never. Default: the cache's `earlyRefresh`.
   *
   * Source: A. Vattani, F. Chierichetti, K. Lowenstein, Optimal Probabilistic Cache Stampede Prevention (XFetch), VLDB 2015.
   */
  earlyRefresh?: number
}

/**
 * Capped exponential backoff with full jitter: the n-th pause is random between 0 and `baseMs` · 2ⁿ⁻¹, at most `maxMs`. Each
 * call is a load of its own in the events; readers get the last error. Retries end when no reader waits any more.
 */
export interface Retry {
  /** Maximum number of calls, the first one included. */
  attempts: number
  /** The longest first pause, in ms. Default 100. */
  baseMs?: number
  /** The longest pause, in ms. Default 5000. */
  maxMs?: number
  /** Returns true if another call may succeed after this error. An error that it throws itself becomes the error of the read. */
  retryable: (error: unknown) => boolean
}

export interface LoadContext {
  /** Aborts when no reader waits for this load any more. */
  signal: AbortSignal
  /** True when a stale value has been returned already and this load only refreshes it. */
  background: boolean
}

export type Load<T> = (context: LoadContext) => T | Loaded<T> | Promise<T | Loaded<T>>

/**
 * Loads many keys at once: those that are neither stored nor being loaded, each once, in the order of the read. Returns pairs
 * of key and value: a Map, or an array of pairs. A key that is missing from the result, or has the value `undefined`, does not
 * exist: its read is a miss without a value, and nothing is stored. Return `null` to store that a value does not exist. Keys that
 * were not asked for are ignored.
 */
export type LoadMany<T> = (keys: readonly string[], context: LoadContext) => Pairs<T> | Promise<Pairs<T>>

type Pairs<T> = Iterable<readonly [key: string, value: T | Loaded<T> | undefined]>

const retryRules: OptionRules<Retry> = {
  attempts: aNumber,
  baseMs: milliseconds,
  maxMs: milliseconds,
  retryable: aFunction,
}

export const readRules: OptionRules<ReadOptions> = {
  ...lifetimeRules,
  maxAgeMs: milliseconds,
  minFreshMs: milliseconds,
  maxStaleMs: milliseconds,
  strategy: oneOf('fresh', 'refresh', 'invalidate', 'bypass'),
  staleOnThrow: aBoolean,
  codec: aCodec,
  signal: withMethods('an AbortSignal', 'addEventListener'),
  waitUntil: aFunction,
  softTimeoutMs: milliseconds,
  hardTimeoutMs: milliseconds,
  retry: anObject,
  earlyRefresh: aNumber,
}

/** @throws {TypeError} for an unknown option or a value of the wrong type, `retry` included. */
export function validateReadOptions(subject: string, options: ReadOptions): void {
  validateOptions(subject, options, readRules)
  if (options.retry === undefined) return
  validateOptions(`${subject}: retry`, options.retry, retryRules)
  requireOptions(`${subject}: retry`, options.retry, retryRules, ['attempts', 'retryable'])
}
