/** Writes and invalidations: they apply in this thread at once, then in the other instances and in the remote tier. */
import { aListOfStrings, anArray, requireValid, validateOptions } from '../options.ts'
import type { Cache } from './cache.ts'
import type { Codec } from './codec.ts'
import type { CacheCore } from './core.ts'
import { requireReusable } from './one-shot.ts'
import type { Tiers } from './tiers/tiers.ts'
import { type WriteOptions, writeRules } from './write-options.ts'

export type Writes = Pick<
  Cache,
  'write' | 'delete' | 'deleteMany' | 'invalidateTags' | 'clear' | 'noteChanges'
>

export function createWrites(core: CacheCore, tiers: Tiers): Writes {
  const { name, enabled, log, sync, storeKeyOf, emit, emitTier } = core

  async function write<T>(key: string, value: T, options: WriteOptions<T> = {}): Promise<boolean> {
    validateOptions('cache.write', options as WriteOptions, writeRules) // the rules are the same for any T
    const storeKey = storeKeyOf(key)
    requireReusable(name, 'the value written for', key, value)
    if (!enabled) return false
    // Pending invalidations are applied before the sequence number is taken. Later ones must get a higher number, so that they
    // invalidate this value.
    sync.applyPending()
    // The old value is invalid, whether or not the new one is stored, and running loads must not overwrite it.
    const { sent } = sync.invalidate([{ key: storeKey }])
    const start = tiers.startLoad()
    const codec = options.codec as Codec | undefined // the codec gets only this value, so the type fits
    const { entry, remoteWrite } = tiers.store({ storeKey, value, options, start, codec })
    await Promise.all([sent, remoteWrite])
    return entry !== undefined
  }

  async function deleteMany(keys: readonly string[]): Promise<number> {
    requireValid('cache.deleteMany: keys', keys, anArray)
    const invalidations = Array.from(new Set(keys), (key) => ({ key: storeKeyOf(key) }))
    if (invalidations.length === 0) return 0
    const { removed, sent } = sync.invalidate(invalidations)
    for (const wasStored of removed) emitTier('memory', 'delete', wasStored ? 'ok' : 'absent')
    emit({ type: 'invalidation', cache: name, scope: 'key', count: invalidations.length })
    await sent
    return removed.filter(Boolean).length
  }

  return {
    write,
    deleteMany,

    async delete(key) {
      return (await deleteMany([key])) > 0
    },

    async invalidateTags(tags) {
      requireValid('cache.invalidateTags: tags', tags, aListOfStrings)
      const { sent } = sync.invalidate(tags.map((tag) => ({ tag })))
      emit({ type: 'invalidation', cache: name, scope: 'tags', count: tags.length })
      await sent
    },

    async clear() {
      const { sent } = sync.invalidate(['everything'])
      emitTier('memory', 'clear', 'ok')
      emit({ type: 'invalidation', cache: name, scope: 'all', count: 1 })
      await sent
    },

    noteChanges(key) {
      sync.applyPending()
      const storeKey = storeKeyOf(key)
      const { sequence } = log
      return (tags = []) => {
        sync.applyPending()
        return tiers.isInvalidated([storeKey], tags, sequence)
      }
    },
  }
}
