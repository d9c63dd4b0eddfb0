/** The remote tier in Cloudflare Workers KV. */
import { attempt, type RemoteStore } from './store.ts'

/** What is asked of a KV binding: Cloudflare's `KVNamespace` is taken as it is. */
export interface KvNamespace {
  get(key: string, type: 'arrayBuffer'): Promise<ArrayBuffer | null>
  put(key: string, value: Uint8Array, options: { expirationTtl: number }): Promise<void>
  delete(key: string): Promise<void>
}

export interface WorkersKvStoreOptions {
  namespace: KvNamespace
}

/** What a ping asks for. */
const PING_KEY = 'hitrate:ping'

/** KV refuses less (https://developers.cloudflare.com/kv/api/write-key-value-pairs/#expiring-keys). */
const MIN_SECONDS = 60

/**
 * A store of bytes in a KV namespace. Keys go out as they are: they must be printable ASCII without spaces, at most 250
 * bytes, as the cache makes them. Lifetimes are rounded up to whole seconds, and are at least 60 s.
 *
 * KV is slow to agree: what is written or deleted here is seen elsewhere after about a minute, also that there was
 * nothing; and one key takes one write per second. `getMany` is one read per key, for KV reads many keys at once as text only.
 *
 * Every method rejects with a {@link StoreError} when KV fails.
 *
 * @example
 * export default {
 *   fetch(request, env) {
 *     const remote = workersKvStore({ namespace: env.CACHE })
 *   },
 * }
 */
export function workersKvStore({ namespace }: WorkersKvStoreOptions): RemoteStore {
  async function read(key: string): Promise<Uint8Array | undefined> {
    const found = await namespace.get(key, 'arrayBuffer')
    return found === null ? undefined : new Uint8Array(found)
  }

  return {
    name: 'workers-kv',
    get: (key) => attempt('Workers KV', 'get a value', () => read(key)),
    getMany: (keys) => attempt('Workers KV', 'get values', () => Promise.all(keys.map(read))),
    set: (key, bytes, ttlMs) =>
      attempt('Workers KV', 'set a value', () =>
        namespace.put(key, bytes, { expirationTtl: lifetime(ttlMs) }),
      ),
    delete: (key) => attempt('Workers KV', 'delete a value', () => namespace.delete(key)),
    async ping() {
      await attempt('Workers KV', 'answer a ping', () => namespace.get(PING_KEY, 'arrayBuffer'))
    },
  }
}

function lifetime(ttlMs: number): number {
  return Math.max(MIN_SECONDS, Math.ceil(ttlMs / 1000))
}
