/** One read of the cache: what may be asked, and what comes back. */

import type { Codec } from './codec.ts'
import type { Outcome, Tier } from './events.ts'
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
  /** An entry, or another's load, for which this is false is not for this reader: it loads for itself. */
  accept?: (value: T) => boolean
  /** How the value becomes bytes in a remote tier. Default JSON, which makes a string of a Date and an object of a Map. */
  codec?: Codec<T>
  /** This reader goes away: its read rejects; the load's signal fires when nobody waits any more. */
  signal?: AbortSignal
  /** Keeps the runtime alive for what goes on after the answer (Workers: `ctx.waitUntil`). */
  waitUntil?: (work: Promise<unknown>) => void
}

export interface LoadContext {
  /** Fires when nobody waits for this load any more. */
  signal: AbortSignal
  /** True when a stale answer has been given already and this load only refreshes it. */
  background: boolean
}

export type Load<T> = (context: LoadContext) => T | Loaded<T> | Promise<T | Loaded<T>>
