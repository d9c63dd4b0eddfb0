/** One read of the cache: its options, its load and its result. */
import {
  aBoolean,
  aFunction,
  aNumber,
  anObject,
  falseOrFunction,
  milliseconds,
  type OptionRules,
  oneOf,
  requireOptions,
  validateOptions,
  withMethods,
} from '../options.ts'
import type { Compare } from './audit/audit-options.ts'
import type { Outcome, Tier } from './events.ts'
import type { Demands } from './freshness.ts'
import { type Lifetime, type Loaded, lifetimeRules, periodRules } from './lifetime.ts'
import { type Resolved, resolveOptions } from './resolve-options.ts'
import { aCodec, type Codec } from './values/codec.ts'

/** Use of the cache by one read. The strategies correspond to the request directives of RFC 9111 §5.2.1. */
export type Strategy =
  /** Read the cache, and never load (`only-if-cached`). */
  | 'fresh'
  /** Read the cache. If it has no usable value, load and store. */
  | 'refresh'
  /** Load without reading the cache, and replace the stored value (`no-cache`). */
  | 'invalidate'
  /** Load without reading or writing the cache (`no-store`). */
  | 'bypass'

/** The result of one read. */
export interface Read<T> {
  value: T
  outcome: Outcome
  /** The tier that had the value; absent when it was loaded. */
  tier?: Tier
  /** The age of the value, in ms. */
  ageMs: number
  /** Remaining time of freshness, in ms: negative if the value is stale, 0 if it was not stored. */
  expiresInMs: number
  /** True if the value is stored in the cache. */
  kept: boolean
}

export interface ReadOptions<T = unknown> extends Lifetime, Demands {
  /** Use of the cache by this read. Default: `refresh`. */
  strategy?: Strategy
  /**
   * If true, a stored value is served when the load throws, however stale it is, unless it must be revalidated. Default: false.
   */
  staleOnThrow?: boolean
  /**
   * Encodes the value for a remote tier. Default: JSON. It refuses a value that would return with another type, such as a Date
   * or a Map; such a value is stored in memory only.
   */
  codec?: Codec<T>
  /**
   * Signal to be aborted when the caller no longer needs the value; the read then rejects. The load has a separate signal,
   * which aborts once no reader waits for the load any more.
   */
  signal?: AbortSignal
  /** Keeps the runtime alive for work that continues after the read has settled (Workers: `ctx.waitUntil`). */
  waitUntil?: (work: Promise<unknown>) => void
  /**
   * If the load takes longer than this, in ms, an entry that `staleIfErrorMs` allows is served stale, and the load continues.
   * The time starts after the look-up in memory. Default: never.
   */
  softTimeoutMs?: number
  /**
   * Time limit of the read, in ms, including the remote tier and all retries. Then the read ends as if the load had failed:
   * with a stale entry that `staleIfErrorMs` allows, otherwise with a {@link DeadlineError}. The load continues for other
   * readers; its signal aborts when there are none. The limit also ends a background refresh. The strategy `fresh` ignores it.
   * Default: never.
   */
  hardTimeoutMs?: number
  /**
   * Pause after a failed load whose readers get a stale entry instead, in ms. Until it ends, reads that may be served that entry
   * get it without a load, and the key is not refreshed in the background. Then one load at a time is tried. Each further
   * failure doubles the pause, up to 30 s, and each pause is shortened at random by up to half. A successful load, a write or an
   * invalidation ends it. With 0, this read ignores pauses and starts none. Default: 1000.
   */
  failurePauseMs?: number
  /** Retries of a failed load. Default: none. */
  retry?: Retry
  /**
   * Eagerness of early refreshes. A hit may start a background refresh before the entry expires, so that one reader reloads a
   * costly value before all readers miss it. The closer the expiry and the longer the load took, the likelier the refresh.
   * 1 suits most caches; higher values refresh earlier; 0 disables it. Default: the cache's `earlyRefresh`.
   *
   * Source: A. Vattani, F. Chierichetti, K. Lowenstein, Optimal Probabilistic Cache Stampede Prevention (XFetch), VLDB 2015.
   */
  earlyRefresh?: number
  /**
   * If `false`, hits of this read are not audited: for a loader that returns another value at each call, or has an effect. A
   * function compares the values of an audit in place of the cache's `audit.compare`. Default: as the cache's `audit` says.
   */
  audit?: false | Compare<T>
}

/** Options that a cache can set for all its reads and writes of data. Those of an HTTP response come from its headers. */
export type ReadDefaults = Pick<
  ReadOptions,
  | 'ttlMs'
  | 'nullTtlMs'
  | 'staleWhileRevalidateMs'
  | 'staleIfErrorMs'
  | 'keepStaleMs'
  | 'softTimeoutMs'
  | 'hardTimeoutMs'
  | 'failurePauseMs'
  | 'retry'
>

/** Options of a read that never loads. */
export interface GetOptions<T = unknown> extends Demands {
  /** Decodes the value of a remote tier. It must be the codec that the value was stored with. Default: JSON. */
  codec?: Codec<T>
}

/**
 * Capped exponential backoff with full jitter: the n-th pause is random between 0 and `baseMs` · 2ⁿ⁻¹, at most `maxMs`. Each
 * call emits a separate `load` event; readers get the last error. Retries end when no reader waits any more.
 */
export interface Retry {
  /** Maximum number of calls, the first one included. */
  attempts: number
  /** Upper limit of the first pause, in ms. Default: 100. */
  baseMs?: number
  /** Upper limit of every pause, in ms. Default: 5000. */
  maxMs?: number
  /** Returns true if another call may succeed after this error. If it throws, its error becomes the error of the read. */
  retryable: (error: unknown) => boolean
}

export interface LoadContext {
  /** Aborts when no reader waits for this load any more. */
  signal: AbortSignal
  /** True if this load only refreshes or audits a value that has already been served. */
  background: boolean
}

export type Load<T> = (context: LoadContext) => T | Loaded<T> | Promise<T | Loaded<T>>

/**
 * Loads many keys in one call: those that are neither stored nor being loaded, without duplicates, in the order of the read.
 * Returns pairs of key and value, as a Map or an array of pairs. A key that is missing from the result, or has the value
 * `undefined`, does not exist: its read is a miss without a value, and nothing is stored. Return `null` to store that a value
 * does not exist. Pairs whose key is not in `keys` are ignored.
 */
export type LoadMany<T> = (keys: readonly string[], context: LoadContext) => Pairs<T> | Promise<Pairs<T>>

type Pairs<T> = Iterable<readonly [key: string, value: T | Loaded<T> | undefined]>

const retryRules: OptionRules<Retry> = {
  attempts: aNumber,
  baseMs: milliseconds,
  maxMs: milliseconds,
  retryable: aFunction,
}

const loadRules = {
  softTimeoutMs: milliseconds,
  hardTimeoutMs: milliseconds,
  failurePauseMs: milliseconds,
  retry: anObject,
}

export const getRules: OptionRules<GetOptions> = {
  maxAgeMs: milliseconds,
  minFreshMs: milliseconds,
  maxStaleMs: milliseconds,
  codec: aCodec,
}

export const readRules: OptionRules<ReadOptions> = {
  ...lifetimeRules,
  ...getRules,
  ...loadRules,
  strategy: oneOf('fresh', 'refresh', 'invalidate', 'bypass'),
  staleOnThrow: aBoolean,
  signal: withMethods('an AbortSignal', 'addEventListener'),
  waitUntil: aFunction,
  earlyRefresh: aNumber,
  audit: falseOrFunction,
}

/** The rules of the options that a cache can set for all its reads and writes of data. */
export const readDefaultRules: OptionRules<ReadDefaults> = { ...periodRules, ...loadRules }

/**
 * Returns the options of a read over the defaults of its cache.
 *
 * @throws {TypeError} for an unknown option or a value of the wrong type, also within `retry`.
 */
export function resolveReadOptions<T>(
  subject: string,
  options: ReadOptions<T> | undefined,
  defaults?: Resolved<ReadDefaults>,
): Resolved<ReadOptions<T>> {
  validateOptions(subject, options as ReadOptions | undefined, readRules) // the rules are the same for any T
  validateRetry(subject, options?.retry)
  return resolveOptions(subject, options, defaults)
}

/** @throws {TypeError} for an unknown option of `retry`, a missing one or a value of the wrong type. */
export function validateRetry(subject: string, retry: Retry | undefined): void {
  if (retry === undefined) return
  validateOptions(`${subject}: retry`, retry, retryRules)
  requireOptions(`${subject}: retry`, retry, retryRules, ['attempts', 'retryable'])
}
