/** Changing what is kept: writing and invalidating, at once in this thread, then in the others and in the remote tier. */
import type { Cache, WriteOptions } from './cache.ts'
import type { Codec } from './codec.ts'
import type { CacheEvent } from './events.ts'
import type { InvalidationBus } from './invalidation/invalidation-bus.ts'
import type { Invalidations } from './invalidation/invalidations.ts'
import type { Invalidation } from './invalidation/marks.ts'
import type { Tiers } from './tiers/tiers.ts'

/** What changes a cache's entries, and what watches for changes. */
export type Changes = Pick<
  Cache,
  'write' | 'delete' | 'deleteMany' | 'invalidateTags' | 'clear' | 'noteChanges'
>

export interface ChangesOptions {
  /** The cache's, in events. */
  name: string
  /** False: nothing is written. */
  enabled: boolean
  tiers: Tiers
  invalidations: Invalidations
  invalidationBus: InvalidationBus | undefined
  /** The key as the stores know it. @throws {TypeError} when it cannot be used. */
  storeKey: (key: string) => string
  /** Brings in what other threads have invalidated. */
  hear: () => void
  /** Invalidates in this thread. True when memory had an entry under the key. */
  forget: (mark: Invalidation) => boolean
  emit: (event: CacheEvent) => void
}

export function createChanges(options: ChangesOptions): Changes {
  const { name, enabled, tiers, invalidations, invalidationBus, storeKey, hear, forget, emit } = options

  async function write<T>(key: string, value: T, options: WriteOptions<T> = {}): Promise<boolean> {
    const at = storeKey(key)
    if (!enabled) return false
    // First, and not again before its birth: what others invalidate from here on is newer than the value.
    hear()
    const mark: Invalidation = { key: at }
    forget(mark) // whatever becomes of the new value, the older one is over
    const told = tell([mark]) // loads under way elsewhere cannot overwrite it
    const { entry, remotely } = tiers.keep({
      at,
      target: at,
      value,
      said: options,
      birth: tiers.birth(),
      codec: options.codec as Codec | undefined, // it is given this value alone
    })
    await Promise.all([told, remotely])
    return entry !== undefined
  }

  /** Holds in other threads from here on, and in other processes once this resolves. Never rejects. */
  function tell(marks: readonly Invalidation[]): Promise<void> {
    invalidationBus?.publish(marks)
    return tiers.invalidateRemotely(marks)
  }

  function memoryDid(operation: 'delete' | 'clear', result: 'ok' | 'absent'): void {
    emit({ type: 'tier', cache: name, tier: 'memory', operation, result })
  }

  function invalidated(scope: 'key' | 'tags' | 'all', count: number): void {
    emit({ type: 'invalidation', cache: name, scope, count })
  }

  return {
    write,

    async delete(key) {
      const mark: Invalidation = { key: storeKey(key) }
      const removed = forget(mark)
      const told = tell([mark])
      memoryDid('delete', removed ? 'ok' : 'absent')
      invalidated('key', 1)
      await told
      return removed
    },

    async deleteMany(keys) {
      const marks = Array.from(new Set(keys), (key) => ({ key: storeKey(key) }))
      if (marks.length === 0) return 0
      const removed = marks.map(forget)
      const told = tell(marks)
      for (const there of removed) memoryDid('delete', there ? 'ok' : 'absent')
      invalidated('key', marks.length)
      await told
      return removed.filter(Boolean).length
    },

    async invalidateTags(tags) {
      const marks = tags.map((tag): Invalidation => ({ tag }))
      for (const mark of marks) forget(mark)
      const told = tell(marks)
      invalidated('tags', marks.length)
      await told
    },

    async clear() {
      forget('everything')
      const told = tell(['everything'])
      memoryDid('clear', 'ok')
      invalidated('all', 1)
      await told
    },

    noteChanges(key) {
      hear()
      const at = storeKey(key)
      const { sequence } = invalidations
      return (tags = []) => {
        hear()
        return tiers.isOutdated([at], tags, sequence)
      }
    },
  }
}
