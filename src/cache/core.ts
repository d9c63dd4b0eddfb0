/** State that all parts of one cache share: its resolved options, its clocks and its invalidations. */
import type { MemoryStore } from '../stores/store.ts'
import type { ResolvedAudit } from './audit/audit-options.ts'
import type { CacheEvent, Tier, TierOperation, TierResult } from './events.ts'
import type { InvalidationLog } from './invalidation/invalidation-log.ts'
import type { InvalidationSync } from './invalidation/invalidation-sync.ts'
import type { KeySpaces } from './key-spaces.ts'
import type { Lifetime } from './lifetime.ts'
import type { ReadDefaults } from './read.ts'
import type { Resolved } from './resolve-options.ts'
import type { Clock } from './timing/clock.ts'
import type { Schedule } from './timing/schedule.ts'
import type { SharedTerms } from './values/stored-entry.ts'

export interface CacheCore {
  /** Name of the cache in events and errors. */
  readonly name: string
  /** If false, every read is a bypass, and nothing is written. */
  readonly enabled: boolean
  /** Prefix of every key in the stores: the namespace and a colon, or an empty string. */
  readonly prefix: string
  readonly memory: MemoryStore | undefined
  /** Size of the memory tier, in bytes: the estimate of a value's size stops there. 0 without memory: no size is needed. */
  readonly maxBytes: number
  /** If false, readers must not share a promise. */
  readonly coalesce: boolean
  /** Maximum fraction by which a lifetime is shortened, for lifetimes that do not set their own. */
  readonly jitter: number
  /** Options of reads of data that do not set them; `undefined` if there are none. */
  readonly readDefaults: Resolved<ReadDefaults> | undefined
  /** As `readDefaults`, for writes of data. */
  readonly writeDefaults: Resolved<Lifetime> | undefined
  /** Eagerness of early refreshes, for reads that do not set it. */
  readonly earlyRefresh: number
  /** Options of audits; `undefined` if no hit is audited. */
  readonly audit?: ResolvedAudit | undefined
  /** Returns a number from 0 to below 1. */
  readonly random: () => number
  readonly clock: Clock
  /** Returns the time of day, epoch ms. */
  readonly now: () => number
  /** Returns the monotonic time, in ms. */
  readonly timer: () => number
  readonly schedule: Schedule
  /** As `schedule`, for many waits that mostly end early. */
  readonly deadlines: Schedule
  /** As `schedule`, for timers that must not keep the process running. */
  readonly background: Schedule
  readonly emit: (event: CacheEvent) => void
  /** Emits a `tier` event for an operation that has ended. */
  readonly emitTier: (
    tier: Tier,
    operation: TierOperation,
    result: TierResult,
    details?: { durationMs?: number; error: unknown },
  ) => void
  readonly log: InvalidationLog
  readonly sync: InvalidationSync
  readonly keys: KeySpaces
  /** The terms that the entries in memory share. */
  readonly terms: SharedTerms
}
