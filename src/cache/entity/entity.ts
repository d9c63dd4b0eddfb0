/** Typed entities: values of one kind, found by id, checked by a schema, kept under keys that cannot be confused. */
import type { Codec } from '../codec.ts'
import type { Lifetime, Loaded } from '../lifetime.ts'
import type { LoadContext, Read, ReadOptions, Strategy } from '../read.ts'
import type { KeyPart } from './key-of.ts'
import type { StandardIssue, StandardSchema } from './standard-schema.ts'

/** What an entity may be found by. Anything that is not made of {@link KeyPart}s needs the option `key`. */
export type EntityId = KeyPart | readonly KeyPart[] | object

/** What a loader says of one id: a value, `null` where there is none, either with a lifetime of its own ({@link loaded}). */
export type EntityAnswer<Input> = Input | null | Loaded<Input | null>

export type EntityLoad<Input, Id> = (
  id: Id,
  context: LoadContext,
) => EntityAnswer<Input> | Promise<EntityAnswer<Input>>

/** What a loader says of several: an id that is not in the map, by its key, has no value. Rows may come in any order. */
export type EntityLoadMany<Input, Id> = (
  ids: readonly Id[],
  context: LoadContext,
) => ReadonlyMap<Id, EntityAnswer<Input>> | Promise<ReadonlyMap<Id, EntityAnswer<Input>>>

/** What the entity itself says of each of its reads. */
type SaidByEntity = 'accept' | 'codec' | 'tags' | 'negative' | 'nullTtlMs' | 'bytes' | 'ageMs'

/** Of one read, not of all. */
type OfOneRead = 'strategy' | 'signal' | 'waitUntil'

/** One read of an entity; lifetimes said here win over the entity's, and lose to those of the load. */
export interface EntityReadOptions<Input, Id> extends Omit<ReadOptions, SaidByEntity> {
  /** In place of the entity's own loader. */
  load?: EntityLoad<Input, Id>
}

export interface EntityReadManyOptions<Input, Id> extends EntityReadOptions<Input, Id> {
  /** `fresh` is for one at a time. */
  strategy?: Exclude<Strategy, 'fresh'>
  /** In place of the entity's own loaders. */
  loadMany?: EntityLoadMany<Input, Id>
}

/** Also every option of a read that is not of one read alone, as the default of all: `ttlMs`, `staleIfErrorMs` ... */
export interface EntityOptions<Input, Output extends Input, Id>
  extends Omit<ReadOptions, SaidByEntity | OfOneRead> {
  /** First part of its keys, and a tag of all its entries. No other entity of the cache may have it. */
  name: string
  /**
   * Any Standard Schema (zod, valibot, arktype) that checks synchronously. A value is checked twice at most: when it was
   * loaded or put, and when it comes out of a remote tier; memory holds what was checked. It must take its own output
   * again, and what `codec` makes of it: with JSON a date is a string (`z.coerce.date()`).
   */
  schema: StandardSchema<Input, Output>
  /**
   * Of the schema: 1 to 4,294,967,295. To be raised when older values do not fit any more, or should not be used. Each
   * version has entries of its own in a remote tier; what one of them changes ends the entries of all. Default 1.
   */
  version?: number
  /** Finds one. `null`: there is none. What it throws reaches its readers untouched. */
  load: EntityLoad<NoInfer<Input>, Id>
  /** Finds several in one call, for {@link Entity.getMany}. Default: `load` for each. */
  loadMany?: EntityLoadMany<NoInfer<Input>, Id>
  /** How long an absence is kept, in ms: fresh, and never stale. Default 0: it is not, and each read asks again. */
  absentTtlMs?: number
  /** What invalidates a value beside its key and the entity's name. Each tag costs a remote hit one mark more to look up. */
  tags?: (value: Output, id: Id) => readonly string[]
  /** How a value becomes bytes in a remote tier; at least one, for none says that there is no value. Default JSON. */
  codec?: Codec<Output>
}

/** The option `key`: how an id becomes parts of a key. Must be given when an id is no part, and no list of parts, itself. */
export type EntityKey<Id> = [Id] extends [KeyPart | readonly KeyPart[]]
  ? { key?: (id: Id) => KeyPart | readonly KeyPart[] }
  : { key: (id: Id) => KeyPart | readonly KeyPart[] }

/**
 * What is found by id, through a cache. Values are shared by all who read them: treat them as frozen.
 *
 * Every method rejects with a {@link TypeError} for an id of which no key can be made.
 */
export interface Entity<Input, Output extends Input, Id> {
  readonly name: string
  readonly version: number
  /**
   * The value, kept or loaded; `null` where there is none.
   *
   * @throws what the load threw; {@link InvalidEntityError} when what it gave does not fit the schema.
   */
  get(
    id: Id,
    options: EntityReadOptions<Input, Id> & { strategy: 'fresh' },
  ): Promise<Output | null | undefined>
  get(id: Id, options?: EntityReadOptions<Input, Id>): Promise<Output | null>
  /** The values in the order of the ids, loaded in one call where there is a `loadMany`. Throws as `get`. */
  getMany(ids: readonly Id[], options?: EntityReadManyOptions<Input, Id>): Promise<(Output | null)[]>
  /** As `get`, and how it came about. */
  read(
    id: Id,
    options: EntityReadOptions<Input, Id> & { strategy: 'fresh' },
  ): Promise<Read<Output | null | undefined>>
  read(id: Id, options?: EntityReadOptions<Input, Id>): Promise<Read<Output | null>>
  /** As `getMany`, and how each came about. An id that stands there twice is read once. */
  readMany(ids: readonly Id[], options?: EntityReadManyOptions<Input, Id>): Promise<Read<Output | null>[]>
  /** A fresh value of the memory tier, at once, or nothing. A hit is counted; nothing is not a read. */
  lookup(id: Id): Read<Output | null> | undefined
  /** Uncounted: would `lookup` answer? */
  has(id: Id): boolean
  /**
   * Keeps what was written to the repository; `null` when it is gone. False: it is not kept. Older ones are over at the
   * call, in every version; so they are when it rejects.
   *
   * @throws {InvalidEntityError} when the value does not fit the schema.
   */
  put(id: Id, value: Input | null, lifetime?: Lifetime): Promise<boolean>
  /** Forgets it at the call, in every version, also what a load under way will bring. True when memory had it. */
  forget(id: Id): Promise<boolean>
  forgetMany(ids: readonly Id[]): Promise<void>
  /** Forgets all of this name. Costs the same however many there are. */
  forgetAll(): Promise<void>
  /** Its key in the cache, for `peek`, or as a tag of what is made from it. */
  key(id: Id): string
}

/** A value that was loaded or put does not fit its entity's schema. */
export class InvalidEntityError extends Error {
  override name = 'InvalidEntityError'
  /** The entity's name. */
  readonly entity: string
  readonly issues: readonly StandardIssue[]

  constructor(entity: string, issues: readonly StandardIssue[]) {
    super(`entity ${entity} does not fit its schema: ${issues.map(inWords).join('; ')}`)
    this.entity = entity
    this.issues = issues
  }
}

function inWords({ message, path = [] }: StandardIssue): string {
  const at = path.map((segment) => String(typeof segment === 'object' ? segment.key : segment)).join('.')
  return at === '' ? message : `${at}: ${message}`
}
