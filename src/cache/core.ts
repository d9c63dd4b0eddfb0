/** Shared by all parts of one cache: its resolved options, its clocks, and its invalidations. */
import type { MemoryStore } from '../stores/store.ts'
import type { Clock } from './clock.ts'
import type { CacheEvent, Tier, TierOperation, TierResult } from './events.ts'
import type { InvalidationLog } from './invalidation/invalidation-log.ts'
import type { InvalidationSync } from './invalidation/invalidation-sync.ts'
import type { Schedule } from './schedule.ts'

export interface CacheCore {
  /** The name in events and errors. */
  readonly name: string
  /** False: every read is a bypass, and nothing is written. */
  readonly enabled: boolean
  /** Begins every key: the namespace with its colon, or nothing. */
  readonly prefix: string
  readonly memory: MemoryStore | undefined
  /** False: readers must not share a promise. */
  readonly coalesce: boolean
  /** The maximal fraction by which lifetimes are shortened, unless they set their own. */
  readonly jitter: number
  /** Eagerness of early refreshes, for reads that do not set it. */
  readonly earlyRefresh: number
  /** Returns a number from 0 to below 1. */
  readonly random: () => number
  readonly clock: Clock
  /** Epoch ms. */
  readonly now: () => number
  /** Monotonic ms. */
  readonly timer: () => number
  readonly schedule: Schedule
  readonly emit: (event: CacheEvent) => void
  /** Emits the end of an operation of a tier. */
  readonly emitTier: (
    tier: Tier,
    operation: TierOperation,
    result: TierResult,
    details?: { durationMs: number; error: unknown },
  ) => void
  readonly log: InvalidationLog
  readonly sync: InvalidationSync
  /** Adds the namespace to a key; `undefined` when the key cannot be used. */
  readonly toStoreKey: (key: string) => string | undefined
  /** Adds the namespace to a key. @throws {TypeError} when the key cannot be used. */
  readonly storeKeyOf: (key: string) => string
}
