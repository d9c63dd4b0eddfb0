/** The remote tier in Memcached. */
import { attempt, type RemoteStore } from './store.ts'

/**
 * What is asked of a Memcached client: `Client` of memjs is taken as it is. Give it `{ retries: 0 }`: its default sends an
 * operation again after 200 ms, when the cache has long turned to the repository.
 */
export interface MemcachedClient {
  /** The bytes under a key; `value` is `null` where there are none. */
  get(key: string): Promise<{ value: Uint8Array | null }>
  /**
   * `value` is always a `Buffer`, a name that not every user has types for. `expires` are seconds or a unix time, as the
   * protocol has it. False: not kept.
   */
  set(key: string, value: unknown, options: { expires: number }): Promise<boolean>
  /** False: there was nothing. */
  delete(key: string): Promise<boolean>
}

export interface MemcachedStoreOptions {
  /** Closed by whoever made it. */
  client: MemcachedClient
  /** Epoch ms, for lifetimes over 30 days; the server's clock must agree. Default `Date.now`. */
  now?: () => number
}

/** What a ping asks for. */
const PING_KEY = 'hitrate:ping'

/** A longer time is taken for a moment since 1970 (protocol.txt, "Expiration times"). */
const MAX_RELATIVE_SECONDS = 30 * 24 * 60 * 60

/**
 * A store of bytes in Memcached. Keys go out as they are: they must be printable ASCII without spaces, at most 250 bytes,
 * as the cache makes them. Lifetimes are rounded up to whole seconds, and one more: the server's own second may be
 * nearly over when it begins to count. A value may take 1 MiB (1,048,576 bytes; the server's `-I`) with its key and about
 * 60 bytes of the server's own: a larger one is refused, and what was under the key is gone.
 *
 * Every method rejects with a {@link StoreError} when the client fails. Of several servers a ping asks one.
 *
 * @example
 * import { Client } from 'memjs'
 * memcachedStore({ client: Client.create('127.0.0.1:11211', { retries: 0 }) })
 */
export function memcachedStore({ client, now = Date.now }: MemcachedStoreOptions): RemoteStore {
  async function read(key: string): Promise<Uint8Array | undefined> {
    const { value } = await client.get(key)
    return value === null ? undefined : asBytes(value)
  }

  async function write(key: string, bytes: Uint8Array, ttlMs: number): Promise<void> {
    const kept = await client.set(key, asBuffer(bytes), { expires: expiration(ttlMs, now) })
    if (!kept) throw new Error('The server did not keep the value')
  }

  return {
    name: 'memcached',
    get: (key) => attempt('Memcached', 'get a value', () => read(key)),
    getMany: (keys) => attempt('Memcached', 'get values', () => Promise.all(keys.map(read))),
    set: (key, bytes, ttlMs) => attempt('Memcached', 'set a value', () => write(key, bytes, ttlMs)),
    async delete(key) {
      await attempt('Memcached', 'delete a value', () => client.delete(key))
    },
    async ping() {
      await attempt('Memcached', 'answer a ping', () => client.get(PING_KEY))
    },
  }
}

/**
 * @returns never 0, which would mean for ever
 * @throws {RangeError} when there is no end: clients write NaN as 0
 */
function expiration(ttlMs: number, now: () => number): number {
  if (!Number.isFinite(ttlMs)) throw new RangeError(`A lifetime must be finite, not ${ttlMs} ms`)
  const seconds = Math.max(1, Math.ceil(ttlMs / 1000)) + 1
  return seconds <= MAX_RELATIVE_SECONDS ? seconds : Math.ceil(now() / 1000) + seconds
}

/** The same memory, as memjs wants it. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The same memory, without what a Buffer does otherwise than a Uint8Array (`slice` shares, `toJSON`). */
function asBytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
