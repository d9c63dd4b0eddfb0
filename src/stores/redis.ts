/** Remote store in Redis, or in a server with its protocol (Valkey). */
import { type OptionRules, requireOptions, validateOptions, withMethods } from '../options.ts'
import { attempt, type RemoteStore } from './store.ts'

/**
 * The required methods of a Redis client: `Redis` and `Cluster` of ioredis have them, and so has `Bun.RedisClient`. The client
 * may wait for a connection or retry for any time, because the engine sets the deadline.
 */
export interface RedisClient {
  /** The bytes of a key, or `null`. */
  getBuffer(key: string): Promise<Uint8Array | null>
  /** `value` is always a `Buffer`. Its type is not named here, because not every user has types for it. */
  set(key: string, value: unknown, px: 'PX', milliseconds: number): Promise<unknown>
  del(key: string): Promise<unknown>
  ping(): Promise<unknown>
}

export interface RedisStoreOptions {
  /** The application connects and closes the client; the store never does. */
  client: RedisClient
}

/**
 * A store of bytes in Redis. Keys are sent unchanged: they must be printable ASCII without spaces, at most 250 bytes, as
 * the cache makes them. Lifetimes are rounded up to whole milliseconds, and are at least 1 ms.
 *
 * Every method rejects with a {@link StoreError} when the client fails.
 *
 * @throws {TypeError} for an unknown option, or a `client` without the required methods.
 * @example
 * import { Redis } from 'ioredis'
 * redisStore({ client: new Redis('redis://127.0.0.1:6379') })
 *
 * @example
 * redisStore({ client: new Bun.RedisClient('redis://127.0.0.1:6379') })
 */
export function redisStore(options: RedisStoreOptions): RemoteStore {
  validateOptions('redisStore', options, rules)
  requireOptions('redisStore', options, rules, ['client'])
  const { client } = options

  async function read(key: string): Promise<Uint8Array | undefined> {
    const found = await client.getBuffer(key)
    return found === null ? undefined : asBytes(found)
  }

  return {
    name: 'redis',
    get: (key) => attempt('Redis', 'get a value', () => read(key)),
    // Separate GETs, sent without waiting for each other, because Bun's MGET returns strings instead of bytes.
    getMany: (keys) => attempt('Redis', 'get values', () => Promise.all(keys.map(read))),
    async set(key, bytes, ttlMs) {
      await attempt('Redis', 'set a value', () => client.set(key, asBuffer(bytes), 'PX', lifetime(ttlMs)))
    },
    async delete(key) {
      await attempt('Redis', 'delete a value', () => client.del(key))
    },
    async ping() {
      await attempt('Redis', 'answer a ping', () => client.ping())
    },
  }
}

const rules: OptionRules<RedisStoreOptions> = {
  client: withMethods(
    'a Redis client of ioredis or Bun, with getBuffer, set and del',
    'getBuffer',
    'set',
    'del',
    'ping',
  ),
}

/** Returns a lifetime that Redis accepts: it rejects fractions, and values below 1. */
function lifetime(ttlMs: number): number {
  return Math.max(1, Math.ceil(ttlMs))
}

/** A Buffer over the same memory, because ioredis would silently store a plain Uint8Array as the text of its numbers. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * A Uint8Array over the same memory, because some methods of a Buffer differ: its `slice` shares memory, and it has a `toJSON`.
 */
function asBytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
