/** Types of entities: values of one kind, read by id, checked by a schema, and stored under keys that never collide. */
import type { Codec } from '../codec.ts'
import type { Lifetime, Loaded } from '../lifetime.ts'
import type { LoadContext, Read, ReadOptions, Strategy } from '../read.ts'
import type { KeyPart } from './key-of.ts'
import type { StandardIssue, StandardSchema } from './standard-schema.ts'

/** An id. Ids that do not consist of {@link KeyPart}s need the option `key`. */
export type EntityId = KeyPart | readonly KeyPart[] | object

/** The result of a loader for one id: a value, or `null` if it does not exist; both may set a lifetime with {@link loaded}. */
export type EntityAnswer<Input> = Input | null | Loaded<Input | null>

export type EntityLoad<Input, Id> = (
  id: Id,
  context: LoadContext,
) => EntityAnswer<Input> | Promise<EntityAnswer<Input>>

/** The result of a loader for several ids, in any order. An id that is missing from the map does not exist. */
export type EntityLoadMany<Input, Id> = (
  ids: readonly Id[],
  context: LoadContext,
) => ReadonlyMap<Id, EntityAnswer<Input>> | Promise<ReadonlyMap<Id, EntityAnswer<Input>>>

/** Options that the entity sets for each of its reads. */
type SaidByEntity = 'accept' | 'codec' | 'tags' | 'negative' | 'nullTtlMs' | 'bytes' | 'ageMs'

/** Options of a single read. */
type OfOneRead = 'strategy' | 'signal' | 'waitUntil'

/** Options of one read. Lifetimes here override those of the entity, and are overridden by those of the load. */
export interface EntityReadOptions<Input, Id> extends Omit<ReadOptions, SaidByEntity> {
  /** Replaces the entity's `load`. */
  load?: EntityLoad<Input, Id>
}

export interface EntityReadManyOptions<Input, Id> extends EntityReadOptions<Input, Id> {
  /** `fresh` is available for single reads only. */
  strategy?: Exclude<Strategy, 'fresh'>
  /** Replaces the entity's `load` and `loadMany`. */
  loadMany?: EntityLoadMany<Input, Id>
}

/** Besides its own options: defaults for the options of all reads, such as `ttlMs` and `staleIfErrorMs`. */
export interface EntityOptions<Input, Output extends Input, Id>
  extends Omit<ReadOptions, SaidByEntity | OfOneRead> {
  /** The first part of its keys, and a tag of all its entries. Unique within the cache. */
  name: string
  /**
   * Any synchronous Standard Schema (zod, valibot, arktype). A value is checked when it is loaded or put, and when it is read
   * from a remote tier; memory stores the checked value. The schema must accept its own output, also after `codec` has encoded
   * and decoded it: with JSON a date becomes a string (`z.coerce.date()`).
   */
  schema: StandardSchema<Input, Output>
  /**
   * Version of the schema, 1 to 4,294,967,295. Raise it when older values do not fit any more or must not be used. Each version
   * has separate entries in a remote tier; a change by one version invalidates the entries of all. Default 1.
   */
  version?: number
  /** Loads one value; returns `null` if it does not exist. Its errors reach the readers unchanged. */
  load: EntityLoad<NoInfer<Input>, Id>
  /** Loads several values in one call, for {@link Entity.getMany}. Default: one `load` per id. */
  loadMany?: EntityLoadMany<NoInfer<Input>, Id>
  /** Lifetime in ms of the fact that a value does not exist; it is never served stale. Default 0: each read loads again. */
  absentTtlMs?: number
  /** Tags that invalidate a value, besides its key and the entity's name. Each tag costs a remote hit one more mark to read. */
  tags?: (value: Output, id: Id) => readonly string[]
  /** Encodes a value for a remote tier, as at least one byte: no bytes stand for `null`. Default JSON. */
  codec?: Codec<Output>
}

/** The option `key` converts an id to parts of a key. Required unless an id is a part or a list of parts itself. */
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
   * The value, stored or loaded; `null` if it does not exist.
   *
   * @throws the error of the load; {@link InvalidEntityError} when the loaded value does not fit the schema.
   */
  get(
    id: Id,
    options: EntityReadOptions<Input, Id> & { strategy: 'fresh' },
  ): Promise<Output | null | undefined>
  get(id: Id, options?: EntityReadOptions<Input, Id>): Promise<Output | null>
  /** The values in the order of the ids, loaded in one call if there is a `loadMany`. Throws as `get` does. */
  getMany(ids: readonly Id[], options?: EntityReadManyOptions<Input, Id>): Promise<(Output | null)[]>
  /** As `get`, with the outcome of the read. */
  read(
    id: Id,
    options: EntityReadOptions<Input, Id> & { strategy: 'fresh' },
  ): Promise<Read<Output | null | undefined>>
  read(id: Id, options?: EntityReadOptions<Input, Id>): Promise<Read<Output | null>>
  /** As `getMany`, with the outcome of each read. Duplicate ids are read once. */
  readMany(ids: readonly Id[], options?: EntityReadManyOptions<Input, Id>): Promise<Read<Output | null>[]>
  /** A fresh value of the memory tier, synchronously, or `undefined`. A hit counts as a read; a miss is not counted. */
  lookup(id: Id): Read<Output | null> | undefined
  /** True if `lookup` would return a value. Not counted. */
  has(id: Id): boolean
  /**
   * Stores a value that was written to the repository; `null` after a deletion. False: it was not stored. The previous value is
   * invalidated when the method is called, in every version, also if it rejects.
   *
   * @throws {InvalidEntityError} when the value does not fit the schema.
   */
  put(id: Id, value: Input | null, lifetime?: Lifetime): Promise<boolean>
  /** Invalidates a value at once, in every version, also the result of a running load. True if memory had it. */
  forget(id: Id): Promise<boolean>
  forgetMany(ids: readonly Id[]): Promise<void>
  /** Invalidates all values of this entity, at the same cost for any number of them. */
  forgetAll(): Promise<void>
  /** The key in the cache, for `peek`, or as a tag of values that are derived from this one. */
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
