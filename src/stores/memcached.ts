/** Remote store in Memcached. */
import { aFunction, type OptionRules, requireOptions, validateOptions, withMethods } from '../options.ts'
import { plainStore } from './plain/plain-store.ts'
import type { RemoteStore } from './store.ts'

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

/** The server treats larger numbers as unix times (protocol.txt, "Expiration times"). */
const MAX_RELATIVE_SECONDS = 30 * 24 * 60 * 60

/**
 * A store in Memcached, with the guarantees and costs of {@link plainStore}: each process loads a missing key, and no value is
 * returned that was invalidated after its load began. Lifetimes are rounded up to whole seconds, plus one second, because the
 * server's current second may be nearly over. A value, the names of its tags and about 500 bytes must fit in 1 MiB (1,048,576
 * bytes; option `-I` of the server). A larger value is refused.
 *
 * With several servers, a ping reaches one of them.
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

  return plainStore({
    name: 'memcached',
    async get(key) {
      const { value } = await client.get(key)
      return value
    },
    async set(key, bytes, ttlMs) {
      const isStored = await client.set(key, asBuffer(bytes), { expires: expiration(ttlMs, now) })
      if (!isStored) throw new Error('The server did not store the value')
    },
    delete: (key) => client.delete(key),
  })
}

/** Returns the `expires` of a lifetime: never 0, which would mean no expiry. */
function expiration(ttlMs: number, now: () => number): number {
  const seconds = Math.ceil(ttlMs / 1000) + 1
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
