/** The public names of `hitrate`. */
export { createApp, createFetch, DEFAULT_TARGETED_CONTROL, type Parts } from './app.ts'
export {
  type Cache,
  type CacheOptions,
  type CacheStats,
  MAX_KEY_LENGTH,
  type WriteOptions,
} from './cache/cache.ts'
export type { Codec } from './cache/codec.ts'
export { createCache } from './cache/create-cache.ts'
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
} from './cache/entity.ts'
export type { About, CacheEvent, CacheListener, Outcome, Tier, Warning } from './cache/events.ts'
export type { Demands } from './cache/freshness.ts'
export { type KeyPart, keyOf } from './cache/key-of.ts'
export { type Lifetime, Loaded, type LoadedOptions, loaded } from './cache/lifetime.ts'
export type { Mark } from './cache/marks.ts'
export { DeadlineError } from './cache/patience.ts'
export type { Load, LoadContext, LoadMany, Read, ReadOptions, Retry, Strategy } from './cache/read.ts'
export type { Schedule } from './cache/schedule.ts'
export type { Siblings } from './cache/siblings.ts'
export type { StandardIssue, StandardResult, StandardSchema } from './cache/standard-schema.ts'
export type { KeyGenerator } from './http/cache-key.ts'
export { type CachedOptions, cached } from './http/cached.ts'
export { type FrontOptions, front } from './http/front.ts'
export { type Purged, type PurgeOptions, purge } from './http/purge.ts'
export {
  createInstruments,
  type Instruments,
  type InstrumentsOptions,
  type RequestEnd,
} from './instruments.ts'
export * from './metrics.ts'
export { inMemoryRepository } from './repository/in-memory.ts'
export { RepositoryError, UserExistsError, type UserRepository } from './repository/repository.ts'
export { demoUsers, type User, type UserChange } from './repository/user.ts'
export type { Entry } from './stores/entry.ts'
export { type MemoryStoreOptions, memoryStore } from './stores/memory/store.ts'
export {
  type EvictionReason,
  type MemoryStore,
  type RemoteStore,
  StoreError,
  type StoreStats,
} from './stores/store.ts'
export { version } from './version.ts'
