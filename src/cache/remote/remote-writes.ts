/** Stores values in the remote tier: those of loads, by their lease, and those that the application writes. */
import { deadFrom, type Entry, encodeEnvelope } from '../../stores/entry.ts'
import type { RemoteNamespace } from '../../stores/store.ts'
import type { CacheCore } from '../core.ts'
import type { Codec } from '../values/codec.ts'
import { jsonCodec } from '../values/json-codec.ts'
import { propertiesOf } from '../values/stored-entry.ts'
import { entryVersion, nameOf, schemaVersionOf } from './entry-name.ts'
import { type Lease, resultOfStore } from './lease.ts'
import type { AnnouncementOf, RemoteInvalidations } from './remote-invalidations.ts'
import type { StoreCalls } from './store-calls.ts'

/** Result of storing a value: its id, `'lost'` if it may have been invalidated, `undefined` if it is not stored. */
export type StoredRemotely = { id: string } | 'lost' | undefined

/** Maximum time for which an entry is stored, in ms. */
const MAX_ENTRY_MS = 30 * 24 * 60 * 60 * 1000

export interface RemoteWritesParts {
  core: CacheCore
  calls: StoreCalls
  entries: RemoteNamespace
  invalidations: RemoteInvalidations
  announcementOf: AnnouncementOf
}

/** A value that the application writes, and the result of the beginning of the write. */
interface StartedWrite {
  key: string
  token: string | 'contended' | undefined
  entry: Entry
  bytes: Uint8Array<ArrayBuffer>
  codec: Codec
  isValid: () => boolean
}

export class RemoteWrites {
  readonly #core: CacheCore
  readonly #calls: StoreCalls
  readonly #entries: RemoteNamespace
  readonly #invalidations: RemoteInvalidations
  readonly #announcementOf: AnnouncementOf

  constructor({ core, calls, entries, invalidations, announcementOf }: RemoteWritesParts) {
    this.#core = core
    this.#calls = calls
    this.#entries = entries
    this.#invalidations = invalidations
    this.#announcementOf = announcementOf
  }

  /**
   * Invalidates the key and stores a value, unless another process writes the key at the same time. `isConfirmed` resolves to
   * true if the store has confirmed the invalidation. Neither promise rejects.
   *
   * @param entry `undefined` if there is no value to store.
   * @param isValid returns false if the value was invalidated after the write began. It is called before the value is sent,
   *   because the store may execute that invalidation before it executes the beginning of this write.
   */
  write(
    key: string,
    entry: Entry | undefined,
    codec: Codec = jsonCodec,
    isValid: () => boolean,
  ): { isConfirmed: Promise<boolean>; stored: Promise<StoredRemotely> } {
    const startedAt = this.#core.timer()
    const bytes = entry && this.#encode(entry, codec, startedAt)
    if (entry === undefined || bytes === undefined) {
      return { isConfirmed: this.#invalidations.invalidate([{ key }]), stored: Promise.resolve(undefined) }
    }
    const started = this.#startWrite(key, entry.tags, codec)
    return {
      isConfirmed: this.#invalidations.track(
        key,
        started.then((token) => token !== undefined),
      ),
      stored: started.then((token) => this.#finishWrite({ key, token, entry, bytes, codec, isValid })),
    }
  }

  /** Stores the value of a load under the key of its lease. The lease ends in any case. */
  async store(lease: Lease, entry: Entry, codec: Codec = jsonCodec): Promise<StoredRemotely> {
    const bytes = this.#encode(entry, codec, this.#core.timer())
    const ttlMs = this.#lifetimeOf(entry)
    // While an invalidation of a tag has not reached the store, the store would accept a value from before it.
    if (bytes === undefined || ttlMs <= 0 || !(await this.#invalidations.settleTags(entry.tags))) {
      await lease.release()
      return undefined
    }
    const tags = await Promise.all(entry.tags.map(nameOf))
    return lease.store({ bytes, tags, ttlMs })
  }

  /** Removes the value of a key in all versions, because its load returned a value that must not be stored. */
  async remove(key: string): Promise<void> {
    const name = await nameOf(key)
    await this.#calls.call('delete', 'invalidate', () => this.#entries.invalidate({ keys: [name] }))
  }

  async #startWrite(
    key: string,
    tags: readonly string[],
    codec: Codec,
  ): Promise<string | 'contended' | undefined> {
    const name = await nameOf(key)
    const tagNames = await Promise.all(tags.map(nameOf))
    const announcement = this.#announcementOf([{ key }])
    return this.#calls.call('invalidate', 'invalidate', async () => {
      const token = await this.#entries.startWrite(name, entryVersion(codec), announcement, tagNames)
      return token ?? 'contended'
    })
  }

  async #finishWrite(write: StartedWrite): Promise<StoredRemotely> {
    const { token, entry } = write
    if (token === undefined) return undefined
    if (token === 'contended') return 'lost'
    const lease = { name: await nameOf(write.key), version: entryVersion(write.codec), token }
    const ttlMs = this.#lifetimeOf(entry)
    const tags = await Promise.all(entry.tags.map(nameOf))
    const mayStore = ttlMs > 0 && (await this.#invalidations.settleTags(entry.tags))
    const isValid = write.isValid()
    if (!mayStore || !isValid) {
      await this.#calls.call('release', 'invalidate', () => this.#entries.release(lease))
      return isValid ? undefined : 'lost'
    }
    const answer = await this.#calls.call(
      'set',
      'write',
      () => this.#entries.store({ ...lease, bytes: write.bytes, tags, ttlMs }),
      resultOfStore,
    )
    // Another write may have begun and ended meanwhile: neither value may stay, because their order in the database is unknown.
    if (answer === 'lost') await this.#invalidations.invalidate([{ key: write.key }])
    if (answer === 'too-large') return undefined
    return answer === 'stored' ? { id: token } : answer
  }

  /** Returns `undefined` if the value cannot be encoded. */
  #encode(entry: Entry, codec: Codec, startedAt: number): Uint8Array<ArrayBuffer> | undefined {
    try {
      const payload = codec.encode(entry.value)
      const schemaVersion = schemaVersionOf(codec)
      const bytes = encodeEnvelope({ ...propertiesOf(entry), schemaVersion, payload })
      if (bytes !== undefined) return bytes
      throw new RangeError('the version of the codec must be an unsigned 32-bit integer')
    } catch (error) {
      this.#calls.report('set', 'refused', { durationMs: this.#core.timer() - startedAt, error })
      return undefined
    }
  }

  #lifetimeOf(entry: Entry): number {
    return Math.ceil(Math.min(deadFrom(entry) - this.#core.now(), MAX_ENTRY_MS))
  }
}
