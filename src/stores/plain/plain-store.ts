/** Remote store over any storage of bytes by key that can get, set and delete. */
import {
  aBoolean,
  aFunction,
  aString,
  type OptionRules,
  requireOptions,
  validateOptions,
} from '../../options.ts'
import { attempt, type RemoteStore } from '../store.ts'
import { Generations } from './generations.ts'
import { PlainNamespace } from './plain-namespace.ts'
import type { PlainStoreOptions } from './plain-store-options.ts'

/** The key that a ping reads. */
const PING_KEY = 'hitrate:ping'

/**
 * A store for one cache in several processes, over get, set and delete. It grants a lease to every reader, so each process loads a
 * missing key; and it sends no messages, so the memory tier of a process may serve a value that another process has invalidated,
 * for as long as `maxUnsyncedMs` of the cache allows.
 *
 * Each namespace, name and tag has a *generation*: a random id under a key of its own. A value is stored with the generations
 * from before its load, and returned only while all of them are still there. An invalidation ends the generation. So a value
 * that is stored too late is never returned, and lost keys cost loads, never an old value. With `consistent: false`, old values
 * are returned for as long as the storage returns old generations.
 *
 * A read costs a `get` of the value, of the generations of its name and namespace, and then one for each tag. The first load of
 * a name costs one more `set`, and so does the first load with a tag. If the read did not name the tag in advance (with the option
 * `tags`), the first load with it in each process is not stored, because the generation of the tag was not known before it. `expire` invalidates. Of two writes of a name that overlap, neither is stored; if both start within one
 * round trip, the later one may be.
 *
 * Every method rejects with a {@link StoreError} when the storage fails.
 *
 * @throws {TypeError} for an unknown or missing option.
 *
 * @example
 * const rows = new Map<string, Uint8Array>()
 * plainStore({
 *   name: 'table',
 *   get: async (key) => rows.get(key),
 *   set: async (key, bytes, ttlMs) => rows.set(key, bytes),
 *   delete: async (key) => rows.delete(key),
 * })
 */
export function plainStore(options: PlainStoreOptions): RemoteStore {
  validateOptions('plainStore', options, rules)
  requireOptions('plainStore', options, rules, ['name', 'get', 'set', 'delete'])
  const { name, consistent = true } = options
  return {
    name,
    capabilities: { leases: false, consistent },
    open({ namespace }) {
      const generations = new Generations(options, consistent)
      const opened = new PlainNamespace(namespace, options, generations)
      const run = <T>(operation: string, work: () => Promise<T>) => attempt(name, operation, work)
      return {
        readsTags: true,
        read: (requests) => run('read values', () => opened.read(requests)),
        store: (entry) => run('store a value', () => opened.store(entry)),
        renew: async (lease) => opened.holds(lease),
        release: (lease) => run('release a lease', () => opened.release(lease)),
        startWrite: (key, version, _announcement, tags) =>
          run('start a write', () => opened.startWrite(key, version, tags)),
        invalidate: (change) => run('invalidate values', () => opened.invalidate(change)),
        expire: (change) =>
          run('expire values', () => (change.everything ? opened.clear() : opened.invalidate(change))),
        clear: () => run('clear a namespace', () => opened.clear()),
      }
    },
    async ping() {
      await attempt(name, 'answer a ping', async () => options.ping?.() ?? options.get(PING_KEY))
    },
  }
}

const rules: OptionRules<PlainStoreOptions> = {
  name: aString,
  get: aFunction,
  set: aFunction,
  delete: aFunction,
  ping: aFunction,
  consistent: aBoolean,
}
