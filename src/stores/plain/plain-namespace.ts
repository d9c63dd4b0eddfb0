/** Entries of one namespace in a plain store. */
import type { RemoteAnswer, RemoteChange, RemoteEntry, RemoteLease, RemoteRead } from '../store.ts'
import type { Generations } from './generations.ts'
import type { PlainStoreOptions } from './plain-store-options.ts'
import { type RunningLoad, RunningLoads } from './running-loads.ts'
import { SeenTags } from './seen-tags.ts'
import { StorageKeys } from './storage-keys.ts'
import { decodeValue, encodeValue, type StoredValue } from './stored-value.ts'

const HOUR = 60 * 60 * 1000

/** Lifetime of a generation that many values share. Its end costs a load of each value. */
const SHARED_MS = 30 * 24 * HOUR

/** The state that a read has found, by name and by tag. */
interface Found {
  readonly namespace: string | undefined
  readonly names: ReadonlyMap<string, string | undefined>
  readonly tags: ReadonlyMap<string, string | undefined>
}

export class PlainNamespace {
  readonly #keys: StorageKeys
  readonly #storage: PlainStoreOptions
  readonly #generations: Generations
  readonly #loads = new RunningLoads()
  readonly #seen = new SeenTags()
  /** The longest lifetime of a value until now. */
  #longestMs = HOUR / 2

  constructor(namespace: string, storage: PlainStoreOptions, generations: Generations) {
    this.#keys = new StorageKeys(namespace)
    this.#storage = storage
    this.#generations = generations
  }

  async read(requests: readonly RemoteRead[]): Promise<RemoteAnswer[]> {
    const names = unique(requests.map(({ name }) => name))
    const expected = unique(requests.flatMap(({ tags = [] }) => tags))
    const [namespace, ofNames, values, ofExpected] = await Promise.all([
      this.#keys.namespace().then((key) => this.#generations.get(key)),
      this.#generationsOf(names),
      Promise.all(requests.map((request) => this.#valueOf(request))),
      this.#tagsOf(expected),
    ])
    // The tags of a dead value are read too: they are known then before its load begins.
    const tags = unique(values.flatMap((value) => value?.tags.map(([tag]) => tag) ?? []))
    const others = await this.#tagsOf(tags.filter((tag) => !ofExpected.has(tag)))
    const found = { namespace, names: ofNames, tags: new Map([...ofExpected, ...others]) }
    return Promise.all(requests.map((request, i) => this.#answer(request, values[i], found)))
  }

  async store(entry: RemoteEntry): Promise<'stored' | 'lost'> {
    const load = this.#loads.take(entry)
    if (load === undefined) return 'lost'
    this.#longestMs = Math.max(this.#longestMs, entry.ttlMs)
    const tags = await this.#validTags(entry, load)
    if (tags === undefined) {
      // Another write may have stored its value meanwhile. Neither is known to be the later one.
      if (load.isWrite) await this.#endName(entry.name)
      return 'lost'
    }
    const { namespace, name } = load
    const value = { id: entry.token, namespace, name, tags, bytes: entry.bytes }
    const key = await this.#keys.value(entry.name, entry.version)
    await this.#storage.set(key, encodeValue(value), entry.ttlMs)
    return 'stored'
  }

  holds(lease: RemoteLease): boolean {
    return this.#loads.get(lease) !== undefined
  }

  async release(lease: RemoteLease): Promise<void> {
    const load = this.#loads.take(lease)
    if (load?.isWrite) await this.#endName(lease.name)
  }

  async startWrite(name: string, version: string, tags: readonly string[] = []): Promise<string | undefined> {
    this.#loads.endAll(name)
    const key = await this.#keys.name(name)
    const [namespace, before, value, ofTags] = await Promise.all([
      this.#namespaceGeneration(),
      this.#generations.get(key),
      this.#valueOf({ name, version }),
      this.#tagsOf(tags),
    ])
    await Promise.all(tags.map((tag) => ofTags.get(tag) ?? this.#createTag(tag)))
    // The generation of a write that has ended is that of its value.
    if (before !== undefined && this.#generations.isWrite(before) && value?.name !== before) {
      await this.#endName(name)
      return undefined
    }
    const generation = await this.#generations.startWrite(key, this.#nameMs)
    return this.#grant(name, { version, namespace, name: generation, isWrite: true })
  }

  async invalidate({ keys = [], tags = [] }: RemoteChange): Promise<void> {
    this.#seen.drop(tags)
    await Promise.all([
      ...keys.map((name) => this.#endName(name)),
      ...tags.map(async (tag) => this.#generations.end(await this.#keys.tag(tag), SHARED_MS)),
    ])
    this.#seen.drop(tags) // a concurrent read may have seen the old generation
  }

  async clear(): Promise<void> {
    this.#loads.clear()
    await this.#generations.end(await this.#keys.namespace(), SHARED_MS)
    this.#loads.clear()
  }

  /** Lifetime of a name's generation. It does not outlive the values by much, because there are many. */
  get #nameMs(): number {
    return 2 * this.#longestMs
  }

  async #answer(request: RemoteRead, value: StoredValue | undefined, found: Found): Promise<RemoteAnswer> {
    const isGoodEnough = request.not !== '*' && request.not !== value?.id
    if (value !== undefined && isGoodEnough && isCurrent(value, request.name, found)) {
      return { kind: 'value', bytes: value.bytes, id: value.id }
    }
    if (!request.lease) return { kind: 'absent' }
    try {
      const [namespace, name] = await Promise.all([
        found.namespace ?? this.#createNamespace(),
        found.names.get(request.name) ?? this.#createName(request.name),
        ...tagsOf(request, value).map((tag) => found.tags.get(tag) ?? this.#createTag(tag)),
      ])
      const token = this.#grant(request.name, { version: request.version, namespace, name, isWrite: false })
      return { kind: 'lease', token, takenOver: false }
    } catch {
      return { kind: 'refused' } // the storage answers, but stores nothing now
    }
  }

  #grant(name: string, load: { version: string; namespace: string; name: string; isWrite: boolean }): string {
    const token = crypto.randomUUID()
    this.#loads.add(name, token, { ...load, startedAt: this.#seen.now() })
    return token
  }

  /** Returns the generations of the tags if the value may be stored: all were known before the load, and none has ended. */
  async #validTags(entry: RemoteEntry, load: RunningLoad): Promise<StoredValue['tags'] | undefined> {
    const tags = unique(entry.tags)
    const [namespace, names, ofTags] = await Promise.all([
      this.#keys.namespace().then((key) => this.#generations.get(key)),
      this.#generationsOf([entry.name]),
      this.#tagsOf(tags),
    ])
    const missing = tags.filter((tag) => ofTags.get(tag) === undefined)
    await Promise.all(missing.map((tag) => this.#createTag(tag))) // for the next load
    if (namespace !== load.namespace || names.get(entry.name) !== load.name) return undefined
    const known: [tag: string, generation: string][] = []
    for (const [tag, generation] of ofTags) {
      if (generation === undefined || !this.#seen.isKnownBefore(load.startedAt, tag, generation))
        return undefined
      known.push([tag, generation])
    }
    return known
  }

  async #valueOf({ name, version }: { name: string; version: string }): Promise<StoredValue | undefined> {
    const bytes = await this.#storage.get(await this.#keys.value(name, version))
    return bytes == null ? undefined : decodeValue(bytes)
  }

  async #generationsOf(names: readonly string[]): Promise<Map<string, string | undefined>> {
    const keys = await Promise.all(names.map((name) => this.#keys.name(name)))
    const generations = await this.#generations.getMany(keys)
    return new Map(names.map((name, i) => [name, generations[i]]))
  }

  async #tagsOf(tags: readonly string[]): Promise<Map<string, string | undefined>> {
    const keys = await Promise.all(tags.map((tag) => this.#keys.tag(tag)))
    const generations = await this.#generations.getMany(keys)
    for (const [i, tag] of tags.entries()) {
      const generation = generations[i]
      if (generation !== undefined) this.#seen.observe(tag, generation)
    }
    return new Map(tags.map((tag, i) => [tag, generations[i]]))
  }

  async #namespaceGeneration(): Promise<string> {
    return (await this.#generations.get(await this.#keys.namespace())) ?? this.#createNamespace()
  }

  async #createNamespace(): Promise<string> {
    return this.#generations.create(await this.#keys.namespace(), SHARED_MS)
  }

  async #createName(name: string): Promise<string> {
    return this.#generations.create(await this.#keys.name(name), this.#nameMs)
  }

  async #createTag(tag: string): Promise<string> {
    const generation = await this.#generations.create(await this.#keys.tag(tag), SHARED_MS)
    this.#seen.observe(tag, generation)
    return generation
  }

  async #endName(name: string): Promise<void> {
    this.#loads.endAll(name)
    await this.#generations.end(await this.#keys.name(name), this.#nameMs)
    this.#loads.endAll(name) // a concurrent read may have found the old generation
  }
}

function isCurrent({ namespace, name, tags }: StoredValue, key: string, found: Found): boolean {
  return (
    namespace === found.namespace &&
    name === found.names.get(key) &&
    tags.every(([tag, generation]) => generation === found.tags.get(tag))
  )
}

/** The tags that the new value of a read will probably have: those that the reader expects, and those of the value before. */
function tagsOf({ tags = [] }: RemoteRead, value: StoredValue | undefined): string[] {
  return unique([...tags, ...(value?.tags ?? []).map(([tag]) => tag)])
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)]
}
