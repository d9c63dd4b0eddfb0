/** Remote store in Cloudflare Workers KV. */
import { type OptionRules, requireOptions, validateOptions, withMethods } from '../options.ts'
import { plainStore } from './plain/plain-store.ts'
import type { RemoteStore } from './store.ts'

/** The required methods of a KV binding: Cloudflare's `KVNamespace` has them. */
export interface KvNamespace {
  get(key: string, type: 'arrayBuffer'): Promise<ArrayBuffer | null>
  put(key: string, value: Uint8Array, options: { expirationTtl: number }): Promise<void>
  delete(key: string): Promise<void>
}

export interface WorkersKvStoreOptions {
  namespace: KvNamespace
}

/** KV rejects shorter lifetimes (https://developers.cloudflare.com/kv/api/write-key-value-pairs/#expiring-keys). */
const MIN_SECONDS = 60

/**
 * A store in a KV namespace, with the costs of {@link plainStore}. Lifetimes are rounded up to whole seconds, and are at least
 * 60 s.
 *
 * KV is eventually consistent: a write, a deletion or a missing key is visible elsewhere after a minute or more. Until an
 * invalidation is visible at a location, it returns the old values; afterwards none of them. KV accepts one write per key and
 * second: a second invalidation of the same key or tag within a second may fail, and rejects then. Each process loads a
 * missing key.
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

  return plainStore({
    name: 'workers-kv',
    consistent: false,
    async get(key) {
      const found = await namespace.get(key, 'arrayBuffer')
      return found === null ? undefined : new Uint8Array(found)
    },
    set: (key, bytes, ttlMs) => namespace.put(key, bytes, { expirationTtl: lifetime(ttlMs) }),
    delete: (key) => namespace.delete(key),
  })
}

const rules: OptionRules<WorkersKvStoreOptions> = {
  namespace: withMethods('a KV namespace with get, put and delete', 'get', 'put', 'delete'),
}

function lifetime(ttlMs: number): number {
  return Math.max(MIN_SECONDS, Math.ceil(ttlMs / 1000))
}
