/** Writes and invalidations: they apply in this thread at once, then in the other instances and in the remote tier. */
import { ownedString } from '../heap/owned.ts'
import { aListOfStrings, anArray, requireValid, validateOptions } from '../options.ts'
import type { Cache } from './cache.ts'
import type { CacheCore } from './core.ts'
import type { CacheEvent } from './events.ts'
import { deleteInSteps, MAX_AT_ONCE } from './invalidation/delete-in-steps.ts'
import type { Expiry } from './invalidation/invalidation.ts'
import type { KeySpace } from './key-spaces.ts'
import type { Lifetime } from './lifetime.ts'
import { type Resolved, resolveOptions } from './resolve-options.ts'
import type { DeleteResult, InvalidateResult, WriteResult } from './results.ts'
import type { Tiers } from './tiers/tiers.ts'
import type { Codec } from './values/codec.ts'
import { requireReusable } from './values/one-shot.ts'
import { type WriteOptions, writeRules } from './write-options.ts'

export type Writes = Pick<
  Cache,
  | 'write'
  | 'delete'
  | 'deleteMany'
  | 'invalidateTags'
  | 'expire'
  | 'expireTags'
  | 'expireAll'
  | 'clear'
  | 'noteChanges'
>

type Scope = Extract<CacheEvent, { type: 'invalidation' }>['scope']

/**
 * @param keys the space to which the keys belong.
 * @param defaults options of writes that do not set them.
 */
export function createWrites(
  core: CacheCore,
  tiers: Tiers,
  keys: KeySpace,
  defaults?: Resolved<Lifetime>,
): Writes {
  const { name, enabled, log, sync, now, emit, emitTier } = core
  const { storeKeyOf } = keys

  async function write<T>(key: string, value: T, given?: WriteOptions<T>): Promise<WriteResult> {
    validateOptions('cache.write', given as WriteOptions | undefined, writeRules) // the rules are the same for any T
    const options = resolveOptions('cache.write', given, defaults)
    const storeKey = ownedString(storeKeyOf(key)) // memory and the invalidations keep it
    requireReusable(name, 'the value written for', key, value)
    if (!enabled) return { kept: false, confirmed: true }
    // Pending invalidations are applied before the sequence number is taken. Later ones must get a higher number, so that they
    // invalidate this value.
    sync.applyPending()
    // The old value is invalid, whether or not the new one is stored, and running loads must not overwrite it.
    const local = sync.invalidateInProcess([{ key: storeKey }])
    const codec = options.codec as Codec | undefined // the codec gets only this value, so the type fits
    const { isKept, isConfirmed } = tiers.write({ storeKey, value, options, codec })
    const [kept, ...confirmations] = await Promise.all([isKept, local.isConfirmed, isConfirmed])
    const confirmed = !confirmations.includes(false)
    if (confirmed) sync.publishConfirmed([{ key: storeKey }])
    return { kept, confirmed }
  }

  async function deleteMany(given: readonly string[]): Promise<DeleteResult> {
    requireValid('cache.deleteMany: keys', given, anArray)
    if (given.length > MAX_AT_ONCE && sync.mayDeleteInSteps) return deleteInSteps(core, given, keys)
    const invalidations = Array.from(new Set(given), (key) => ({ key: storeKeyOf(key) }))
    if (invalidations.length === 0) return { removed: 0, confirmed: true }
    const { removed, isConfirmed } = sync.invalidate(invalidations)
    for (const wasStored of removed) emitTier('memory', 'delete', wasStored ? 'ok' : 'absent')
    emit({ type: 'invalidation', cache: name, scope: 'key', count: invalidations.length })
    return { removed: removed.filter(Boolean).length, confirmed: await isConfirmed }
  }

  async function expire(scope: Scope, expiries: readonly Expiry[]): Promise<InvalidateResult> {
    sync.applyPending()
    const isConfirmed = sync.expire(expiries, now())
    emit({ type: 'invalidation', cache: name, scope, count: expiries.length })
    return { confirmed: await isConfirmed }
  }

  return {
    write,
    deleteMany,
    delete: (key) => deleteMany([key]),

    async invalidateTags(tags) {
      requireValid('cache.invalidateTags: tags', tags, aListOfStrings)
      const { isConfirmed } = sync.invalidate([...new Set(tags)].map((tag) => ({ tag })))
      emit({ type: 'invalidation', cache: name, scope: 'tags', count: tags.length })
      return { confirmed: await isConfirmed }
    },

    async expire(key) {
      return expire('key', [{ expiredKey: storeKeyOf(key) }])
    },

    async expireTags(tags) {
      requireValid('cache.expireTags: tags', tags, aListOfStrings)
      return expire(
        'tags',
        tags.map((expiredTag) => ({ expiredTag })),
      )
    },

    expireAll: () => expire('all', ['everything expired']),

    async clear() {
      const { isConfirmed } = sync.invalidate(['everything'])
      emitTier('memory', 'clear', 'ok')
      emit({ type: 'invalidation', cache: name, scope: 'all', count: 1 })
      return { confirmed: await isConfirmed }
    },

    noteChanges(key) {
      sync.applyPending()
      const storeKey = storeKeyOf(key)
      const { sequence } = log
      return (tags = []) => {
        sync.applyPending()
        return tiers.isInvalidated([storeKey], { tags }, sequence)
      }
    },
  }
}
