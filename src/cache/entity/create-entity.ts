/** Makes typed entities: ids become keys, and values are checked before they are stored and when they leave a remote tier. */
import {
  aFunction,
  aString,
  described,
  invalid,
  milliseconds,
  type OptionRules,
  requireOptions,
  validateOptions,
} from '../../options.ts'
import { type Lifetime, lifetimeRules } from '../lifetime.ts'
import {
  type Load,
  type LoadContext,
  type LoadMany,
  type Read,
  type ReadOptions,
  readRules,
} from '../read.ts'
import { pickOptions, type Resolved, resolveOptions } from '../resolve-options.ts'
import type { DeleteResult, InvalidateResult, WriteResult } from '../results.ts'
import { aCodec, type Codec } from '../values/codec.ts'
import type { WriteOptions } from '../write-options.ts'
import { type CheckedValues, createCheckedValues, Rejected } from './checked-values.ts'
import type {
  Entity,
  EntityLoad,
  EntityLoadMany,
  EntityOptions,
  EntityReadManyOptions,
  EntityReadOptions,
} from './entity.ts'
import { entityCodec } from './entity-codec.ts'
import { type KeyPart, keyOf } from './key-of.ts'
import type { StandardSchema } from './standard-schema.ts'

/** The methods of a cache that an entity uses. */
export interface EntityCache {
  read<T>(key: string, load: Load<T>, options: ReadOptions<T>): Promise<Read<T>>
  readMany<T>(
    keys: readonly string[],
    loadMany: LoadMany<T>,
    options: ReadOptions<T>,
  ): Promise<Map<string, Read<T | undefined>>>
  lookup<T>(key: string): Read<T> | undefined
  has(key: string): boolean
  write<T>(key: string, value: T, options: WriteOptions<T>): Promise<WriteResult>
  delete(key: string): Promise<DeleteResult>
  deleteMany(keys: readonly string[]): Promise<DeleteResult>
  invalidateTags(tags: readonly string[]): Promise<InvalidateResult>
}

type AnyKey<Id> = { key?: (id: Id) => KeyPart | readonly KeyPart[] }

const MAX_VERSION = 0xffffffff

/**
 * @throws {TypeError} for an invalid option. The message names the entity and the option.
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
  options: EntityOptions<Input, Output, Id> & AnyKey<Id>,
): Entity<Input, Output, Id> {
  validateEntityOptions(options as object as AnyEntityOptions) // the rules are the same for any Input and Output
  return new CachedEntity(cache, options)
}

class CachedEntity<Input, Output extends Input, Id> implements Entity<Input, Output, Id> {
  readonly name: string
  readonly version: number
  readonly #cache: EntityCache
  readonly #options: EntityOptions<Input, Output, Id> & AnyKey<Id>
  readonly #values: CheckedValues<Input, Output, Id>
  /** Default options of every read. */
  readonly #readDefaults: Resolved<ReadOptions<Output | null>>
  /** Default options of every write. */
  readonly #writeDefaults: Resolved<WriteOptions<Output | null>>

  constructor(cache: EntityCache, options: EntityOptions<Input, Output, Id> & AnyKey<Id>) {
    const { name, version = 1, codec } = options
    this.name = name
    this.version = version
    this.#cache = cache
    this.#options = { ...options }
    this.#values = createCheckedValues(options)
    // The codec gets only checked values, so they are of type Output.
    const entryCodec = entityCodec(name, version, this.#values.check, codec as Codec | undefined)
    const readDefaults = pickOptions(resolveOptions(`entity ${name}`, options), defaultRules)
    this.#readDefaults = { ...readDefaults, codec: entryCodec }
    this.#writeDefaults = { ...(readDefaults && pickOptions(readDefaults, lifetimeRules)), codec: entryCodec }
  }

  async get(id: Id, options?: EntityReadOptions<Input, Id>): Promise<Output | null> {
    return (await this.#read(id, options)).value
  }

  async getMany(ids: readonly Id[], options?: EntityReadManyOptions<Input, Id>): Promise<(Output | null)[]> {
    return (await this.readMany(ids, options)).map(({ value }) => value)
  }

  async read(id: Id, options?: EntityReadOptions<Input, Id>): Promise<Read<Output | null>> {
    return this.#read(id, options)
  }

  async readMany(
    ids: readonly Id[],
    options: EntityReadManyOptions<Input, Id> = {},
  ): Promise<Read<Output | null>[]> {
    const {
      load,
      loadMany = load === undefined ? this.#options.loadMany : undefined,
      ...readOptions
    } = options
    const byKey = new Map(ids.map((id) => [this.key(id), id]))
    const merged = this.#readOptions(readOptions)
    const reads =
      loadMany === undefined
        ? await this.#readOneByOne(byKey, load, merged)
        : await this.#readInOneCall(byKey, loadMany, merged)
    return ids.map((id) => reads.get(this.key(id)) as Read<Output | null>) // `reads` has every key of `ids`
  }

  lookup(id: Id): Read<Output | null> | undefined {
    return this.#cache.lookup(this.key(id))
  }

  has(id: Id): boolean {
    return this.#cache.has(this.key(id))
  }

  async put(id: Id, value: Input | null, lifetime: Lifetime = {}): Promise<WriteResult> {
    const key = this.key(id)
    // Invalidated before the write, so that the new value stays stored if its own tags include its key.
    const [derived, written] = await Promise.all([
      this.#invalidateDerived([key]),
      this.#write(key, id, value, lifetime),
    ])
    return { ...written, confirmed: derived.confirmed && written.confirmed }
  }

  forget(id: Id): Promise<DeleteResult> {
    return this.forgetMany([id])
  }

  async forgetMany(ids: readonly Id[]): Promise<DeleteResult> {
    if (ids.length === 0) return { removed: 0, confirmed: true }
    const keys = ids.map((id) => this.key(id))
    const [deleted, derived] = await Promise.all([
      this.#cache.deleteMany(keys),
      this.#invalidateDerived(keys),
    ])
    return { ...deleted, confirmed: deleted.confirmed && derived.confirmed }
  }

  forgetAll(): Promise<InvalidateResult> {
    return this.#cache.invalidateTags([this.name])
  }

  /** @throws {TypeError} when no key can be made of the id. */
  key(id: Id): string {
    // Without the option `key`, an id is one key part or a list of them. The type EntityKey requires that, and keyOf checks it
    // at run time.
    const { key = (parts: Id) => parts as KeyPart | readonly KeyPart[] } = this.#options
    const parts = key(id)
    return Array.isArray(parts) ? keyOf(this.name, ...parts) : keyOf(this.name, parts as KeyPart)
  }

  async #write(key: string, id: Id, value: Input | null, lifetime: Lifetime): Promise<WriteResult> {
    try {
      validateOptions(`entity ${this.name}: put`, lifetime, lifetimeRules)
      const checked = this.#values.checked(id, value)
      const tags = [...(checked.options.tags ?? []), ...(lifetime.tags ?? [])]
      const options = resolveOptions(`entity ${this.name}: put`, lifetime, {
        ...this.#writeDefaults,
        ...checked.options,
      })
      return await this.#cache.write<Output | null>(key, checked.value, { ...options, tags })
    } catch (error) {
      await this.#cache.delete(key) // the repository already has the new value, so the cached one is outdated
      throw error
    }
  }

  /** Invalidates the entries that were made from the values of these keys: each has the key as a tag. */
  #invalidateDerived(keys: readonly string[]): Promise<InvalidateResult> {
    return this.#cache.invalidateTags(keys)
  }

  #read(id: Id, options?: EntityReadOptions<Input, Id>): Promise<Read<Output | null>> {
    const key = this.key(id)
    if (options === undefined) return this.#readKey(key, id, undefined, this.#readDefaults) // no options to merge, so no copy
    const { load, ...readOptions } = options
    return this.#readKey(key, id, load, this.#readOptions(readOptions))
  }

  #readOptions(options: ReadOptions<Output | null>): ReadOptions<Output | null> {
    return resolveOptions(`entity ${this.name}`, options, this.#readDefaults)
  }

  #readKey(
    key: string,
    id: Id,
    load: EntityLoad<Input, Id> = this.#options.load,
    options: ReadOptions<Output | null>,
  ): Promise<Read<Output | null>> {
    return this.#cache.read(
      key,
      async (context) => this.#values.checked(id, await load(id, context)),
      options,
    )
  }

  async #readOneByOne(
    byKey: ReadonlyMap<string, Id>,
    load: EntityLoad<Input, Id> | undefined,
    options: ReadOptions<Output | null>,
  ): Promise<Map<string, Read<Output | null>>> {
    const reads = Array.from(
      byKey,
      async ([key, id]) => [key, await this.#readKey(key, id, load, options)] as const,
    )
    return new Map(await Promise.all(reads))
  }

  async #readInOneCall(
    byKey: ReadonlyMap<string, Id>,
    loadMany: EntityLoadMany<Input, Id>,
    options: ReadOptions<Output | null>,
  ): Promise<Map<string, Read<Output | null>>> {
    const loadChecked = async (keys: readonly string[], context: LoadContext) => {
      const ids = keys.map((key) => byKey.get(key) as Id) // `keys` are keys of this read, so each has an id
      const found = await loadMany(ids, context)
      if (!(found instanceof Map)) {
        throw new TypeError(
          `entity ${this.name}: loadMany must return a Map from ids to values, got ${described(found)}`,
        )
      }
      // Matched by key, because the result may hold an equal array or object instead of the id itself.
      const answers = new Map([...found].map(([id, answer]) => [this.key(id), answer]))
      return keys.map((key, i) => {
        const id = ids[i] as Id // `ids` has an id for each key
        return [key, this.#values.checkedOrRejected(id, answers.get(key) ?? null)] as const
      })
    }

    const reads = await this.#cache.readMany<Output | null | Rejected>(
      [...byKey.keys()],
      loadChecked,
      options as ReadOptions<Output | null | Rejected>, // a rejected value is never stored, so the codec never gets one
    )
    for (const { value } of reads.values()) if (value instanceof Rejected) throw value.error
    return reads as Map<string, Read<Output | null>> // every key has a value, and none was rejected
  }
}

/**
 * Rules of the read options that can be defaults of an entity: all but those of a single read and those that the entity sets
 * itself.
 */
const { strategy, signal, waitUntil, nullTtlMs, negative, bytes, ageMs, tags, codec, ...defaultRules } =
  readRules

type AnyEntityOptions = EntityOptions<never, never, never> & AnyKey<never>

const entityRules: OptionRules<AnyEntityOptions> = {
  ...defaultRules,
  name: aString,
  schema: {
    expected: 'a Standard Schema of version 1',
    isValid: (schema) => (schema as StandardSchema | null)?.['~standard']?.version === 1, // `schema` can be of any type
  },
  version: {
    expected: `a whole number from 1 to ${MAX_VERSION}`,
    isValid: (version) => Number.isInteger(version) && Number(version) >= 1 && Number(version) <= MAX_VERSION,
  },
  key: aFunction,
  load: aFunction,
  loadMany: aFunction,
  absentTtlMs: milliseconds,
  tags: aFunction,
  codec: aCodec,
}

function validateEntityOptions(options: AnyEntityOptions): void {
  const { name } = options
  if (typeof name !== 'string' || name === '') {
    throw invalid('cache.entity: name', 'a string of at least one character', name)
  }
  validateOptions(`entity ${name}`, options, entityRules)
  requireOptions(`entity ${name}`, options, entityRules, ['schema', 'load'])
}
