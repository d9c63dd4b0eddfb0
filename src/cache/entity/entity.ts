/** Types of entities: values of one kind, read by id, checked by a schema, and stored under keys that never collide. */

import type { Lifetime, Loaded } from '../lifetime.ts'
import type { LoadContext, Read, ReadOptions, Strategy } from '../read.ts'
import type { DeleteResult, InvalidateResult, WriteResult } from '../results.ts'
import type { Codec } from '../values/codec.ts'
import type { KeyPart } from './key-of.ts'
import type { StandardIssue, StandardSchema } from './standard-schema.ts'

/** An id. Ids that do not consist of {@link KeyPart}s need the option `key`. */
export type EntityId = KeyPart | readonly KeyPart[] | object

/**
 * Result of a loader for one id: the value, or `null` if there is none. Either can be wrapped with {@link loaded} to set a
 * lifetime.
 */
export type EntityAnswer<Input> = Input | null | Loaded<Input | null>

export type EntityLoad<Input, Id> = (
  id: Id,
  context: LoadContext,
) => EntityAnswer<Input> | Promise<EntityAnswer<Input>>

/** Loads several ids. Returns a map from id to value, in any order; an id that is missing from the map has no value. */
export type EntityLoadMany<Input, Id> = (
  ids: readonly Id[],
  context: LoadContext,
) => ReadonlyMap<Id, EntityAnswer<Input>> | Promise<ReadonlyMap<Id, EntityAnswer<Input>>>

/** Read options that the entity itself sets. */
type OptionsSetByEntity = 'codec' | 'tags' | 'negative' | 'nullTtlMs' | 'bytes' | 'ageMs'

/** Read options that can be set only for a single read. */
type OfOneRead = 'strategy' | 'signal' | 'waitUntil'

/** Options of one read. A lifetime set here overrides that of the entity; a lifetime that the load returns overrides both. */
export interface EntityReadOptions<Input, Id> extends Omit<ReadOptions, OptionsSetByEntity> {
  /** Replaces the entity's `load`. */
  load?: EntityLoad<Input, Id>
}

export interface EntityReadManyOptions<Input, Id> extends EntityReadOptions<Input, Id> {
  /** `fresh` is available for single reads only. */
  strategy?: Exclude<Strategy, 'fresh'>
  /** Replaces the entity's `load` and `loadMany`. */
  loadMany?: EntityLoadMany<Input, Id>
}

/** Options of an entity. Read options set here, such as `ttlMs` and `staleIfErrorMs`, are the defaults of all its reads. */
export interface EntityOptions<Input, Output extends Input, Id>
  extends Omit<ReadOptions, OptionsSetByEntity | OfOneRead> {
  /** First part of the entity's keys, and a tag of all its entries. Must be unique within the cache. */
  name: string
  /**
   * Any synchronous Standard Schema (zod, valibot, arktype). A value is checked when it is loaded or put, and when it is read
   * from a remote tier; memory stores the checked value. The schema must accept its own output after `codec` has encoded and
   * decoded it. For example, JSON turns a date into a string, so the schema must accept both (`z.coerce.date()`).
   */
  schema: StandardSchema<Input, Output>
  /**
   * Version of the schema, 1 to 4,294,967,295. Raise it when older values do not fit any more or must not be used. Each version
   * has separate entries in a remote tier. A write or invalidation by one version invalidates the entries of all. Default: 1.
   */
  version?: number
  /** Loads one value; returns `null` if it does not exist. Its errors reach the readers unchanged. */
  load: EntityLoad<NoInfer<Input>, Id>
  /** Loads several values in one call, for {@link Entity.getMany}. Default: one `load` per id. */
  loadMany?: EntityLoadMany<NoInfer<Input>, Id>
  /**
   * Lifetime of the information that a value does not exist, in ms. It is never served stale. Default: 0, so each read loads
   * again.
   */
  absentTtlMs?: number
  /**
   * Returns tags that invalidate a value, in addition to its key and the entity's name. For each tag, a hit in the remote tier
   * reads one more mark.
   */
  tags?: (value: Output, id: Id) => readonly string[]
  /** Encodes a value for a remote tier. It must return at least one byte, because zero bytes mean `null`. Default: JSON. */
  codec?: Codec<Output>
}

/** The option `key` converts an id to key parts. It is required unless an id is itself a key part or a list of key parts. */
export type EntityKey<Id> = [Id] extends [KeyPart | readonly KeyPart[]]
  ? { key?: (id: Id) => KeyPart | readonly KeyPart[] }
  : { key: (id: Id) => KeyPart | readonly KeyPart[] }

/**
 * Reads and writes values by id, through a cache. All readers get the same object: treat it as frozen.
 *
 * Every method rejects with a {@link TypeError} for an id that cannot be converted to a key.
 */
export interface Entity<Input, Output extends Input, Id> {
  readonly name: string
  readonly version: number
  /**
   * Returns the stored value, or loads it. Returns `null` if it does not exist.
   *
   * @throws the error of the load; {@link InvalidEntityError} when the loaded value does not fit the schema.
   */
  get(
    id: Id,
    options: EntityReadOptions<Input, Id> & { strategy: 'fresh' },
  ): Promise<Output | null | undefined>
  get(id: Id, options?: EntityReadOptions<Input, Id>): Promise<Output | null>
  /**
   * Returns the values in the order of the ids. If there is a `loadMany`, one call loads all missing values. Throws the same
   * errors as `get`.
   */
  getMany(ids: readonly Id[], options?: EntityReadManyOptions<Input, Id>): Promise<(Output | null)[]>
  /** As `get`, with the outcome of the read. */
  read(
    id: Id,
    options: EntityReadOptions<Input, Id> & { strategy: 'fresh' },
  ): Promise<Read<Output | null | undefined>>
  read(id: Id, options?: EntityReadOptions<Input, Id>): Promise<Read<Output | null>>
  /** As `getMany`, with the outcome of each read. Duplicate ids are read once. */
  readMany(ids: readonly Id[], options?: EntityReadManyOptions<Input, Id>): Promise<Read<Output | null>[]>
  /** Returns a fresh value of the memory tier synchronously, or `undefined`. A hit counts as a read; a miss is not counted. */
  lookup(id: Id): Read<Output | null> | undefined
  /** Returns true if `lookup` would return a value. Not counted as a read. */
  has(id: Id): boolean
  /**
   * Stores a value that was written to the repository; pass `null` after a deletion. The call invalidates the previous value at
   * once, in every version, and the entries that have its key as a tag, even if the promise rejects. `kept` is false if
   * the new value was not stored.
   *
   * @throws {InvalidEntityError} when the value does not fit the schema.
   */
  put(id: Id, value: Input | null, lifetime?: Lifetime): Promise<WriteResult>
  /**
   * Invalidates a value at once, in every version, and the entries that have its key as a tag. A running load of it stores
   * nothing.
   */
  forget(id: Id): Promise<DeleteResult>
  /** As `forget` for each id, in one message to the remote tier for the values and one for the tags. */
  forgetMany(ids: readonly Id[]): Promise<DeleteResult>
  /**
   * Invalidates all values of this entity, and the entries that have the entity's name as a tag. Entries that only have the key
   * of a value as a tag stay. The cost does not depend on their number.
   */
  forgetAll(): Promise<InvalidateResult>
  /**
   * Returns the key of a value in the cache, for `peek`. It can also be a tag of entries that are made from this value: `put`
   * and `forget` invalidate them.
   */
  key(id: Id): string
}

/** A loaded or put value does not fit the schema of its entity. */
export class InvalidEntityError extends Error {
  override name = 'InvalidEntityError'
  /** The entity's name. */
  readonly entity: string
  readonly issues: readonly StandardIssue[]

  constructor(entity: string, issues: readonly StandardIssue[]) {
    super(`entity ${entity} does not fit its schema: ${issues.map(issueText).join('; ')}`)
    this.entity = entity
    this.issues = issues
  }
}

function issueText({ message, path = [] }: StandardIssue): string {
  const at = path.map((segment) => String(typeof segment === 'object' ? segment.key : segment)).join('.')
  return at === '' ? message : `${at}: ${message}`
}
