/** Typed entities: values of one kind, found by id, checked by a schema, kept under keys that cannot be confused. */
import { type Codec, jsonCodec } from './codec.ts'
import { type KeyPart, keyOf } from './key-of.ts'
import { type Lifetime, Loaded, type LoadedOptions, loaded } from './lifetime.ts'
import type { Load, LoadContext, LoadMany, Read, ReadOptions, Strategy } from './read.ts'
import { sizeOf } from './size-of.ts'
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

/** What an entity needs of its cache. */
export interface EntityCache {
  read<T>(key: string, load: Load<T>, options: ReadOptions<T>): Promise<Read<T>>
  readMany<T>(
    keys: readonly string[],
    loadMany: LoadMany<T>,
    options: ReadOptions<T>,
  ): Promise<Map<string, Read<T | undefined>>>
  lookup<T>(key: string): Read<T> | undefined
  has(key: string): boolean
  write<T>(key: string, value: T, options: Lifetime & { codec: Codec<T> }): Promise<boolean>
  delete(key: string): Promise<boolean>
  invalidateTags(tags: readonly string[]): Promise<void>
}

const MAX_VERSION = 0xffffffff

/** Stands for a value that did not fit, among others of the same call. */
class Refused {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

/**
 * @throws {TypeError} for an option that cannot be used, naming the entity and the option.
 * @example
 * const users = cache.entity({
 *   name: 'user',
 *   schema: z.object({ id: z.string(), name: z.string() }),
 *   ttlMs: 60_000,
 *   load: (id) => database.findUser(id),
 * })
 * const ada = await users.get('ada')
 */
export function createEntity<Input, Output extends Input, Id>(
  cache: EntityCache,
  options: EntityOptions<Input, Output, Id> & { key?: (id: Id) => KeyPart | readonly KeyPart[] },
): Entity<Input, Output, Id> {
  const { name, schema, version = 1, key, load, loadMany, absentTtlMs = 0, tags, ...rest } = options
  const { codec: valueCodec, ...defaults } = rest
  if (typeof name !== 'string' || name === '') throw new TypeError('an entity needs a name')
  if (schema?.['~standard']?.version !== 1)
    throw new TypeError(`entity ${name}: schema is no Standard Schema of version 1`)
  if (!Number.isInteger(version) || version < 1 || version > MAX_VERSION)
    throw new TypeError(`entity ${name}: version must be a whole number from 1 to ${MAX_VERSION}`)
  if (typeof load !== 'function') throw new TypeError(`entity ${name}: load must be a function`)
  const check = checkedBy(name, schema)
  /** Of every read and write, unless one says otherwise. */
  const standing = {
    ...defaults,
    codec: entityCodec({ name, version, values: valueCodec ?? jsonCodec, check }),
  }

  /** @throws {TypeError} for an id that is no part of a key, and none is made of it. */
  function keyFor(id: Id): string {
    // Without the option `key` an id is made of parts: EntityKey says so, and keyOf looks.
    const parts = key === undefined ? (id as KeyPart | readonly KeyPart[]) : key(id)
    return Array.isArray(parts) ? keyOf(name, ...parts) : keyOf(name, parts as KeyPart)
  }

  /** What was loaded or put, checked, and what the entity says of it. */
  function checked(id: Id, answer: EntityAnswer<Input>): { value: Output | null; said: LoadedOptions } {
    const [value, own] = answer instanceof Loaded ? [answer.value, answer.options] : [answer, {}]
    if (value === undefined)
      throw new TypeError(`entity ${name}: a load gave undefined; null says that there is none`)
    if (value === null) {
      const absence = { ttlMs: absentTtlMs, staleWhileRevalidateMs: 0, staleIfErrorMs: 0, negative: true }
      return { value, said: { ...absence, ...own, tags: [name, ...(own.tags ?? [])] } }
    }
    const output = check(value)
    if (output === undefined || output === null)
      throw new TypeError(`entity ${name}: its schema made ${output} of a value`)
    return {
      value: output,
      said: { ...own, tags: [name, ...(tags?.(output, id) ?? []), ...(own.tags ?? [])] },
    }
  }

  function read(id: Id, options?: EntityReadOptions<Input, Id>): Promise<Read<Output | null>> {
    const at = keyFor(id)
    if (options === undefined) return readAt(at, id, load, standing) // most reads: nothing is copied for them
    const { load: ownLoad = load, ...said } = options
    return readAt(at, id, ownLoad, { ...standing, ...said })
  }

  function readAt(
    at: string,
    id: Id,
    loadOne: EntityLoad<Input, Id>,
    options: ReadOptions<Output | null>,
  ): Promise<Read<Output | null>> {
    async function loadChecked(context: LoadContext): Promise<Loaded<Output | null>> {
      const answer = checked(id, await loadOne(id, context))
      return loaded(answer.value, answer.said)
    }
    return cache.read(at, loadChecked, options)
  }

  async function readMany(
    ids: readonly Id[],
    { load: ownLoad, loadMany: ownLoadMany, ...said }: EntityReadManyOptions<Input, Id> = {},
  ): Promise<Read<Output | null>[]> {
    const byKey = new Map(ids.map((id) => [keyFor(id), id]))
    const options = { ...standing, ...said }
    const all = ownLoadMany ?? (ownLoad === undefined ? loadMany : undefined)
    const reads =
      all === undefined
        ? await oneByOne(byKey, ownLoad ?? load, options)
        : await inOneCall(byKey, all, options)
    return ids.map((id) => reads.get(keyFor(id)) as Read<Output | null>) // it has every key
  }

  async function oneByOne(
    byKey: ReadonlyMap<string, Id>,
    loadOne: EntityLoad<Input, Id>,
    options: ReadOptions<Output | null>,
  ): Promise<Map<string, Read<Output | null>>> {
    const reads = Array.from(byKey, async ([at, id]) => [at, await readAt(at, id, loadOne, options)] as const)
    return new Map(await Promise.all(reads))
  }

  async function inOneCall(
    byKey: ReadonlyMap<string, Id>,
    all: EntityLoadMany<Input, Id>,
    options: ReadOptions<Output | null>,
  ): Promise<Map<string, Read<Output | null>>> {
    async function loadChecked(keys: readonly string[], context: LoadContext) {
      const found = await all(
        keys.map((at) => byKey.get(at) as Id),
        context,
      ) // only those that were asked for
      if (!(found instanceof Map))
        throw new TypeError(`entity ${name}: loadMany must give a Map, from ids to values`)
      // By key: an id that is a list or an object comes back as another one.
      const answers = new Map([...found].map(([id, answer]) => [keyFor(id), answer]))
      return keys.map((at) => [at, checkedOrRefused(byKey.get(at) as Id, answers.get(at) ?? null)] as const)
    }

    const reads = await cache.readMany<Output | null | Refused>(
      [...byKey.keys()],
      loadChecked,
      options as ReadOptions<Output | null | Refused>, // what is refused is never kept, and so never encoded
    )
    for (const { value } of reads.values()) if (value instanceof Refused) throw value.error
    return reads as Map<string, Read<Output | null>> // every key was given something, and none was refused
  }

  /** One that does not fit is no reason to lose the others. */
  function checkedOrRefused(id: Id, answer: EntityAnswer<Input>): Loaded<Output | null | Refused> {
    try {
      const { value, said } = checked(id, answer)
      return loaded<Output | null | Refused>(value, said)
    } catch (error) {
      return loaded<Output | null | Refused>(new Refused(error), { keep: false, share: false, failed: true })
    }
  }

  return {
    name,
    version,
    async get(id: Id, said?: EntityReadOptions<Input, Id>) {
      return (await read(id, said)).value
    },
    async getMany(ids, said) {
      return (await readMany(ids, said)).map(({ value }) => value)
    },
    read: async (id: Id, said?: EntityReadOptions<Input, Id>) => read(id, said),
    readMany,
    lookup: (id) => cache.lookup(keyFor(id)),
    has: (id) => cache.has(keyFor(id)),
    async put(id, value, lifetime = {}) {
      const at = keyFor(id)
      try {
        const { value: output, said } = checked(id, value)
        const tags = [...(said.tags ?? []), ...(lifetime.tags ?? [])]
        return await cache.write<Output | null>(at, output, {
          ...standing,
          ...said,
          ...lifetime,
          tags,
        })
      } catch (error) {
        await cache.delete(at) // whatever was written to the repository, it is not what was kept
        throw error
      }
    },
    forget: async (id) => cache.delete(keyFor(id)),
    async forgetMany(ids) {
      await Promise.all(ids.map(keyFor).map((at) => cache.delete(at)))
    },
    forgetAll: () => cache.invalidateTags([name]),
    key: keyFor,
  }
}

/** @throws {InvalidEntityError} when a value does not fit; {TypeError} when the schema cannot say so at once. */
function checkedBy<Input, Output>(name: string, schema: StandardSchema<Input, Output>) {
  return function check(value: unknown): Output {
    const result = schema['~standard'].validate(value)
    if ('then' in result) {
      result.then(undefined, () => {}) // refused here, whatever it comes to
      throw new TypeError(
        `entity ${name}: its schema gave a promise; it must check synchronously, and without throwing`,
      )
    }
    if (result.issues !== undefined) throw new InvalidEntityError(name, result.issues)
    return result.value
  }
}

interface EntityCodecOptions<Output> {
  name: string
  version: number
  values: Codec
  check: (value: unknown) => Output
}

/** What is in the remote tier. The absence of a value is the absence of bytes. */
function entityCodec<Output>({
  name,
  version,
  values,
  check,
}: EntityCodecOptions<Output>): Codec<Output | null> {
  return {
    version,
    encode(value) {
      if (value === null) return new Uint8Array()
      const bytes = values.encode(value)
      if (bytes.length === 0) throw new TypeError(`entity ${name}: its codec made no bytes of a value`)
      return bytes
    },
    decode(bytes) {
      if (bytes.length === 0) return null
      const value = values.decode(bytes)
      if (value === undefined || value === null) return undefined
      return check(value) ?? undefined // the tier takes what is thrown for what cannot be read
    },
    bytes: (value) => (value === null ? undefined : values.bytes?.(value)) ?? sizeOf(value),
  }
}

function inWords({ message, path = [] }: StandardIssue): string {
  const at = path.map((segment) => String(typeof segment === 'object' ? segment.key : segment)).join('.')
  return at === '' ? message : `${at}: ${message}`
}
