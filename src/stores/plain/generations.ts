/** Generations of namespaces, names and tags: a random id under a key of the storage, ended by an invalidation. */
import type { PlainStoreOptions } from './plain-store-options.ts'

const WRITE = 'w:'

export class Generations {
  readonly #storage: PlainStoreOptions
  readonly #isConsistent: boolean
  /** Generations that this process is creating. Concurrent readers share one, or each would end that of the other. */
  readonly #created = new Map<string, Promise<string>>()

  constructor(storage: PlainStoreOptions, isConsistent: boolean) {
    this.#storage = storage
    this.#isConsistent = isConsistent
  }

  async get(key: string): Promise<string | undefined> {
    const bytes = await this.#storage.get(key)
    return bytes == null ? undefined : new TextDecoder().decode(bytes)
  }

  async getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    return Promise.all(keys.map((key) => this.get(key)))
  }

  /** Returns the generation of a key that was missing. */
  create(key: string, ttlMs: number): Promise<string> {
    let created = this.#created.get(key)
    if (created === undefined) {
      created = this.#createIfMissing(key, ttlMs).finally(() => this.#created.delete(key))
      this.#created.set(key, created)
    }
    return created
  }

  /** Ends the generation of a name with one that a write begins. */
  startWrite(key: string, ttlMs: number): Promise<string> {
    return this.#set(key, WRITE + crypto.randomUUID(), ttlMs)
  }

  isWrite(generation: string): boolean {
    return generation.startsWith(WRITE)
  }

  /**
   * Ends a generation. A deletion may be repeated or late, and is accepted by a storage that is full. An inconsistent storage
   * returns a missing key as missing for a while after another process has created it, and every process would create it again,
   * so there the next generation replaces the old one.
   */
  async end(key: string, ttlMs: number): Promise<void> {
    if (this.#isConsistent) await this.#storage.delete(key)
    else await this.#set(key, crypto.randomUUID(), ttlMs)
  }

  /** Reads again, because another reader may have created it after the first read. */
  async #createIfMissing(key: string, ttlMs: number): Promise<string> {
    return (await this.get(key)) ?? this.#set(key, crypto.randomUUID(), ttlMs)
  }

  async #set(key: string, generation: string, ttlMs: number): Promise<string> {
    await this.#storage.set(key, new TextEncoder().encode(generation), ttlMs)
    return generation
  }
}
