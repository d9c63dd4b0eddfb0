/** One read of the cache: what may be asked, and what comes back. */
import type { Codec } from './codec.ts'
import type { About, Outcome, Tier } from './events.ts'
import type { Demands } from './freshness.ts'
import type { Lifetime, Loaded } from './lifetime.ts'

/** What the caller allows; RFC 9111 §5.2.1 in the words of data. */
export type Strategy =
  /** Cache only, nothing is loaded (`only-if-cached`). */
  | 'fresh'
  /** Cache, else load and keep. */
  | 'refresh'
  /** Load and replace what was kept (`no-cache`). */
  | 'invalidate'
  /** Load; the cache is neither read nor written (`no-store`). */
  | 'bypass'

/** One answer of the cache. */
export interface Read<T> {
  value: T
  outcome: Outcome
  /** Which tier answered; absent when it was loaded. */
  tier?: Tier
  /** How old the value is, in ms. */
  ageMs: number
  /** How long it is still fresh, in ms; negative when it is stale, 0 when it was not kept. */
  expiresInMs: number
  /** The cache has it now. */
  kept: boolean
}

export interface ReadOptions<T = unknown> extends Lifetime, Demands {
  /** Default `refresh`. */
  strategy?: Strategy
  /** Is this value for this reader? If not, be it kept or brought by another's load, the reader loads for itself. */
  accept?: (value: T) => boolean
  /**
   * Where to go on when this reader waited for another's load, and does not accept what that brought: the key that its own
   * value has, as the other's value may tell. There it loads with others who want the same. Default: it loads by itself.
   */
  elsewhere?: (value: T) => string
  /** Shares no load, neither another's nor its own: for values that are of use to one reader only. Default false. */
  alone?: boolean
  /** When the load throws, whatever is kept answers, however stale, unless it must be revalidated. Default false. */
  staleOnThrow?: boolean
  /** For the events. */
  about?: About
  /** How the value becomes bytes in a remote tier. Default JSON, which makes a string of a Date and an object of a Map. */
  codec?: Codec<T>
  /** Fires when this reader goes away: its read rejects. The load's own signal fires once nobody waits for it any more. */
  signal?: AbortSignal
  /** Keeps the runtime alive for what goes on after the answer (Workers: `ctx.waitUntil`). */
  waitUntil?: (work: Promise<unknown>) => void
  /**
   * When the load takes longer than this, in ms, an entry that could stand in for a load that failed (`staleIfErrorMs`)
   * answers stale, and the load goes on. Counts from the moment that memory had no answer. Default: never.
   */
  softTimeoutMs?: number
  /**
   * When there is no answer after so long, in ms, the remote tier and every retry included, the read fails as if the load
   * had: with a stale entry that may stand in, else with a {@link DeadlineError}. The load goes on for others who wait; its
   * signal fires when there are none. Also ends a refresh behind. Not for the strategy `fresh`. Default: never.
   */
  hardTimeoutMs?: number
  /** When a load that failed is called again, and how often. Default: never. */
  retry?: Retry
  /**
   * Refreshes behind a hit that will soon be stale, at random: the sooner the entry ends and the longer its load took, the
   * likelier, so that a costly value is loaded again by one reader before it is missing for all. 1 is right for most; more
   * refreshes earlier. 0: never. Default: what the cache says.
   *
   * Source: A. Vattani, F. Chierichetti, K. Lowenstein, Optimal Probabilistic Cache Stampede Prevention (XFetch), VLDB 2015.
   */
  earlyRefresh?: number
}

/**
 * Capped exponential backoff with full jitter: the n-th pause is anything from 0 to `baseMs` · 2ⁿ⁻¹, at most `maxMs`.
 * Each call is a load of its own in the events; its readers get the last one's error. It ends when nobody waits any more.
 */
export interface Retry {
  /** How often the load is called at most, the first call included. */
  attempts: number
  /** The longest first pause, in ms. Default 100. */
  baseMs?: number
  /** No pause is longer, in ms. Default 5000. */
  maxMs?: number
  /** Might another call end better? What it throws itself, its readers get. */
  retryable: (error: unknown) => boolean
}

export interface LoadContext {
  /** Fires when nobody waits for this load any more. */
  signal: AbortSignal
  /** True when a stale answer has been given already and this load only refreshes it. */
  background: boolean
}

export type Load<T> = (context: LoadContext) => T | Loaded<T> | Promise<T | Loaded<T>>

/**
 * Loads many keys at once: those that were neither kept nor are being loaded already, each once, in the order in which they
 * were asked for. Gives pairs of key and value: a Map, or an array of pairs. A key that it does not give, or gives
 * `undefined`, does not exist: its read is a miss without a value that is not kept. To keep an absence, give `null`.
 * What it gives for keys it was not asked for is passed over.
 */
export type LoadMany<T> = (keys: readonly string[], context: LoadContext) => Pairs<T> | Promise<Pairs<T>>

type Pairs<T> = Iterable<readonly [key: string, value: T | Loaded<T> | undefined]>
