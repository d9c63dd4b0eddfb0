/** Remote store in Cloudflare Workers KV. */
import { type OptionRules, requireOptions, validateOptions, withMethods } from '../options.ts'
import { attempt, type RemoteStore } from './store.ts'

/** The required methods of a KV binding: Cloudflare's `KVNamespace` has them. */
export interface KvNamespace {
  get(key: string, type: 'arrayBuffer'): Promise<ArrayBuffer | null>
  put(key: string, value: Uint8Array, options: { expirationTtl: number }): Promise<void>
  delete(key: string): Promise<void>
}

export interface WorkersKvStoreOptions {
  namespace: KvNamespace
}

/** The key that a ping reads. */
const PING_KEY = 'hitrate:ping'

/** KV rejects shorter lifetimes (https://developers.cloudflare.com/kv/api/write-key-value-pairs/#expiring-keys). */
const MIN_SECONDS = 60

/**
 * A store of bytes in a KV namespace. Keys are sent unchanged: they must be printable ASCII without spaces, at most 250 bytes,
 * as the cache makes them. Lifetimes are rounded up to whole seconds, and are at least 60 s.
 *
 * KV is eventually consistent: a write, a deletion or a missing key is visible elsewhere after about a minute. It accepts one
 * write per key and second. `getMany` reads key by key, because KV reads many keys at once as text only.
 *
 * Every method rejects with a {@link StoreError} when KV fails.
 *
 * @throws {TypeError} for an unknown option, or a `namespace` without the required methods.
 *
 * @example
 * export default {
 *   fetch(request, env) {
 *     const remote = workersKvStore({ namespace: env.CACHE })
 *   },
 * }
 */
export function workersKvStore(options: WorkersKvStoreOptions): RemoteStore {
  validateOptions('workersKvStore', options, rules)
  requireOptions('workersKvStore', options, rules, ['namespace'])
  const { namespace } = options

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

const rules: OptionRules<WorkersKvStoreOptions> = {
  namespace: withMethods('a KV namespace with get, put and delete', 'get', 'put', 'delete'),
}

function lifetime(ttlMs: number): number {
  return Math.max(MIN_SECONDS, Math.ceil(ttlMs / 1000))
}
