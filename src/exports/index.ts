/** The public names of `hitrate`. */

export type { AuditOptions, Compare } from '../cache/audit/audit-options.ts'
export {
  type Cache,
  type CacheOptions,
  type CacheStats,
  MAX_KEY_LENGTH,
} from '../cache/cache.ts'
export { createCache } from '../cache/create-cache.ts'
export {
  type Entity,
  type EntityAnswer,
  type EntityId,
  type EntityKey,
  type EntityLoad,
  type EntityLoadMany,
  type EntityOptions,
  type EntityReadManyOptions,
  type EntityReadOptions,
  InvalidEntityError,
} from '../cache/entity/entity.ts'
export { type KeyPart, keyOf } from '../cache/entity/key-of.ts'
export type { StandardIssue, StandardResult, StandardSchema } from '../cache/entity/standard-schema.ts'
export type { About, CacheEvent, CacheListener, Outcome, Tier, Warning } from '../cache/events.ts'
export type { Demands } from '../cache/freshness.ts'
export type { BusMessage, Invalidation } from '../cache/invalidation/invalidation.ts'
export type { InvalidationBus } from '../cache/invalidation/invalidation-bus.ts'
export {
  createInvalidationMemory,
  type InvalidationMemoryOptions,
  sharedMemoryBus,
} from '../cache/invalidation/shared-memory-bus.ts'
export { type Lifetime, Loaded, type LoadedOptions, loaded } from '../cache/lifetime.ts'
export { DeadlineError } from '../cache/loading/deadline-error.ts'
export type {
  GetOptions,
  Load,
  LoadContext,
  LoadMany,
  Read,
  ReadDefaults,
  ReadOptions,
  Retry,
  Strategy,
} from '../cache/read.ts'
export type { DeleteResult, InvalidateResult, WriteResult } from '../cache/results.ts'
export type { SharedTier } from '../cache/shared-tier.ts'
export type { SharedTierOptions } from '../cache/shared-tier-options.ts'
export type { StatsOptions, TopEntries, TopEntry } from '../cache/tiers/top-entries.ts'
export type { Schedule } from '../cache/timing/schedule.ts'
export type { Codec } from '../cache/values/codec.ts'
export type { WrapOptions, Wrappable, Wrapped } from '../cache/wrap/wrapped.ts'
export type { WriteOptions } from '../cache/write-options.ts'
export { type CachedOptions, type CompareResponses, cached } from '../http/cached/cached.ts'
export { setsNoHeaders } from '../http/context/sets-no-headers.ts'
export { type Purged, type PurgeOptions, purge } from '../http/endpoints/purge.ts'
export { type FrontOptions, front } from '../http/front/front.ts'
export type { FrontEnd, Peer } from '../http/front/front-hits.ts'
export type { HeaderValues, HitHeaders } from '../http/front/hit-headers.ts'
export type { KeyGenerator } from '../http/policy/cache-key.ts'
export type { JudgedResponse, TargetedControl } from '../http/policy/targeted-control.ts'
export {
  createInstruments,
  type Instruments,
  type InstrumentsOptions,
} from '../instruments/create-instruments.ts'
export type { Entry } from '../stores/entry.ts'
export type { MemoryStoreOptions } from '../stores/memory/memory-store-options.ts'
export { memoryStore } from '../stores/memory/store.ts'
export {
  type AttachedCache,
  type EvictionReason,
  type FoundEntry,
  type MemoryStore,
  type PredictedHitRatio,
  type RemoteStore,
  StoreError,
  type StoreStats,
  type TopFound,
  type TopScan,
} from '../stores/store.ts'
export { version } from '../version.ts'
export * from './metrics.ts'
