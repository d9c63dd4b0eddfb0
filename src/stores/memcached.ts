/** Remote store in Memcached. */
import { aFunction, type OptionRules, requireOptions, validateOptions, withMethods } from '../options.ts'
import { attempt, type RemoteStore } from './store.ts'

/**
 * The required methods of a Memcached client: `Client` of memjs has them. Create that client with `{ retries: 0 }`. By
 * default it repeats a failed operation after 200 ms, long after the cache has called the loader.
 */
export interface MemcachedClient {
  /** The bytes of a key; `value` is `null` for a missing key. */
  get(key: string): Promise<{ value: Uint8Array | null }>
  /**
   * `value` is always a `Buffer`. Its type is not named here, because not every user has types for it. `expires` is in seconds,
   * or a unix time, as in the protocol. Resolves to false if the value was not stored.
   */
  set(key: string, value: unknown, options: { expires: number }): Promise<boolean>
  /** Resolves to false if the key was missing. */
  delete(key: string): Promise<boolean>
}

export interface MemcachedStoreOptions {
  /** The application closes the client; the store never does. */
  client: MemcachedClient
  /** Clock, in epoch ms, for lifetimes over 30 days. It must agree with the server's clock. Default: `Date.now`. */
  now?: () => number
}

/** The key that a ping reads. */
const PING_KEY = 'hitrate:ping'

/** The server treats larger numbers as unix times (protocol.txt, "Expiration times"). */
const MAX_RELATIVE_SECONDS = 30 * 24 * 60 * 60

/**
 * A store of bytes in Memcached. Keys are sent unchanged: they must be printable ASCII without spaces, at most 250 bytes, as
 * the cache makes them. Lifetimes are rounded up to whole seconds, plus one second, because the server's current second may be
 * nearly over. A value, its key and about 60 bytes of server data must fit in 1 MiB (1,048,576 bytes; option `-I` of the
 * server). A larger value is refused, and the previous value of the key is lost.
 *
 * Every method rejects with a {@link StoreError} when the client fails. With several servers, a ping reaches one of them.
 *
 * @throws {TypeError} for an unknown option, or a `client` without the required methods.
 *
 * @example
 * import { Client } from 'memjs'
 * memcachedStore({ client: Client.create('127.0.0.1:11211', { retries: 0 }) })
 */
export function memcachedStore(options: MemcachedStoreOptions): RemoteStore {
  validateOptions('memcachedStore', options, rules)
  requireOptions('memcachedStore', options, rules, ['client'])
  const { client, now = Date.now } = options

  async function read(key: string): Promise<Uint8Array | undefined> {
    const { value } = await client.get(key)
    return value === null ? undefined : asBytes(value)
  }

  async function write(key: string, bytes: Uint8Array, ttlMs: number): Promise<void> {
    const kept = await client.set(key, asBuffer(bytes), { expires: expiration(ttlMs, now) })
    if (!kept) throw new Error('The server did not store the value')
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
 * Returns the `expires` of a lifetime: never 0, which would mean no expiry.
 *
 * @throws {RangeError} when the lifetime is not finite, because clients send NaN as 0.
 */
function expiration(ttlMs: number, now: () => number): number {
  if (!Number.isFinite(ttlMs)) throw new RangeError(`A lifetime must be finite, not ${ttlMs} ms`)
  const seconds = Math.max(1, Math.ceil(ttlMs / 1000)) + 1
  return seconds <= MAX_RELATIVE_SECONDS ? seconds : Math.ceil(now() / 1000) + seconds
}

const rules: OptionRules<MemcachedStoreOptions> = {
  client: withMethods('a Memcached client of memjs, with get, set and delete', 'get', 'set', 'delete'),
  now: aFunction,
}

/** A Buffer view of the same memory, as memjs requires. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * A Uint8Array over the same memory, because some methods of a Buffer differ: its `slice` shares memory, and it has a `toJSON`.
 */
function asBytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
