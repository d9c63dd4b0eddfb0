/** Makes typed entities: each id becomes a key, each value is checked before it is kept, and as it leaves a remote tier. */
import { type Codec, jsonCodec } from '../codec.ts'
import { type Lifetime, Loaded, type LoadedOptions, loaded } from '../lifetime.ts'
import type { Load, LoadContext, LoadMany, Read, ReadOptions } from '../read.ts'
import { sizeOf } from '../size-of.ts'
import {
  type Entity,
  type EntityAnswer,
  type EntityLoad,
  type EntityLoadMany,
  type EntityOptions,
  type EntityReadManyOptions,
  type EntityReadOptions,
  InvalidEntityError,
} from './entity.ts'
import { type KeyPart, keyOf } from './key-of.ts'
import type { StandardSchema } from './standard-schema.ts'

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
