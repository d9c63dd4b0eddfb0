/** Remote store in Memcached. */
import { aFunction, type OptionRules, requireOptions, validateOptions, withMethods } from '../options.ts'
import { attempt, type RemoteStore } from './store.ts'

/**
 * The required methods of a Memcached client: `Client` of memjs has them. Pass it `{ retries: 0 }`: its default repeats an
 * operation after 200 ms, long after the cache has called the loader.
 */
export interface MemcachedClient {
  /** The bytes of a key; `value` is `null` for a missing key. */
  get(key: string): Promise<{ value: Uint8Array | null }>
  /**
   * `value` is always a `Buffer`, not named here because not every user has types for it. `expires` is in seconds or a unix
   * time, as in the protocol. False: not stored.
   */
  set(key: string, value: unknown, options: { expires: number }): Promise<boolean>
  /** False: the key was missing. */
  delete(key: string): Promise<boolean>
}

export interface MemcachedStoreOptions {
  /** Its owner closes it. */
  client: MemcachedClient
  /** Epoch ms, used for lifetimes over 30 days; the server's clock must match. Default `Date.now`. */
  now?: () => number
}

/** The key that a ping reads. */
const PING_KEY = 'hitrate:ping'

/** The server takes longer times as unix times (protocol.txt, "Expiration times"). */
const MAX_RELATIVE_SECONDS = 30 * 24 * 60 * 60

/**
 * A store of bytes in Memcached. Keys are sent unchanged: they must be printable ASCII without spaces, at most 250 bytes, as
 * the cache makes them. Lifetimes are rounded up to whole seconds, plus one, because the server's current second may be nearly
 * over when it starts counting. A value, its key and about 60 bytes of the server's own may take 1 MiB (1,048,576 bytes; the
 * server's `-I`): a larger value is refused, and the previous value of the key is gone.
 *
 * Every method rejects with a {@link StoreError} when the client fails. With several servers, a ping asks one of them.
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
 * @returns never 0, which would mean for ever
 * @throws {RangeError} when there is no end: clients write NaN as 0
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

/** A plain view of the same memory, because methods of a Buffer differ from those of a Uint8Array (`slice` shares, `toJSON`). */
function asBytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
