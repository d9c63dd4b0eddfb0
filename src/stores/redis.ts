/** The remote tier in Redis, or in what speaks its protocol (Valkey). */
import { attempt, type RemoteStore } from './store.ts'

/**
 * What is asked of a Redis client: `Redis` and `Cluster` of ioredis are taken as they are, and so is `Bun.RedisClient`.
 * A client may wait for a connection or send again as long as it likes: whoever calls the store has the deadline.
 */
export interface RedisClient {
  /** The bytes under a key, or `null`. */
  getBuffer(key: string): Promise<Uint8Array | null>
  /** `value` is always a `Buffer`, a name that not every user has types for. */
  set(key: string, value: unknown, px: 'PX', milliseconds: number): Promise<unknown>
  del(key: string): Promise<unknown>
  ping(): Promise<unknown>
}

export interface RedisStoreOptions {
  /** Connected and closed by whoever made it. */
  client: RedisClient
}

/**
 * A store of bytes in Redis. Keys go out as they are: they must be printable ASCII without spaces, at most 250 bytes, as
 * the cache makes them. Lifetimes are rounded up to whole milliseconds, and are at least 1 ms.
 *
 * Every method rejects with a {@link StoreError} when the client fails.
 *
 * @example
 * import { Redis } from 'ioredis'
 * redisStore({ client: new Redis('redis://127.0.0.1:6379') })
 *
 * @example
 * redisStore({ client: new Bun.RedisClient('redis://127.0.0.1:6379') })
 */
export function redisStore({ client }: RedisStoreOptions): RemoteStore {
  async function read(key: string): Promise<Uint8Array | undefined> {
    const found = await client.getBuffer(key)
    return found === null ? undefined : asBytes(found)
  }

  return {
    name: 'redis',
    get: (key) => attempt('Redis', 'get a value', () => read(key)),
    // No MGET: Bun's gives strings, which are no bytes. No get waits for the one before.
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

/** Redis refuses fractions, and anything below 1. */
function lifetime(ttlMs: number): number {
  return Math.max(1, Math.ceil(ttlMs))
}

/** The same memory. ioredis writes a plain Uint8Array as the text of its numbers, without a word. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The same memory, without what a Buffer does otherwise than a Uint8Array (`slice` shares, `toJSON`). */
function asBytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
