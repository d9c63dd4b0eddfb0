/** Writes and invalidations: they apply in this thread at once, then in the other instances and in the remote tier. */
import { type OptionRules, validateOptions } from '../options.ts'
import type { Cache, WriteOptions } from './cache.ts'
import { aCodec, type Codec } from './codec.ts'
import type { CacheCore } from './core.ts'
import type { Invalidation } from './invalidation/invalidation.ts'
import { lifetimeRules } from './lifetime.ts'
import type { Tiers } from './tiers/tiers.ts'

const writeRules: OptionRules<WriteOptions> = {
  ...lifetimeRules,
  codec: aCodec,
}

export class Writes
  implements Pick<Cache, 'write' | 'delete' | 'deleteMany' | 'invalidateTags' | 'clear' | 'noteChanges'>
{
  readonly #core: CacheCore
  readonly #tiers: Tiers

  constructor(core: CacheCore, tiers: Tiers) {
    this.#core = core
    this.#tiers = tiers
  }

  async write<T>(key: string, value: T, options: WriteOptions<T> = {}): Promise<boolean> {
    validateOptions('cache.write', options as WriteOptions, writeRules) // the rules are those of any T
    const { enabled, sync, storeKeyOf } = this.#core
    const tiers = this.#tiers
    const storeKey = storeKeyOf(key)
    if (!enabled) return false
    // Applied before the sequence number is taken, and not again in between: later invalidations must win over this value.
    sync.applyPending()
    const invalidation: Invalidation = { key: storeKey }
    sync.invalidateLocal(invalidation) // the old value is over, whether or not the new one is stored
    const sent = sync.broadcast([invalidation]) // running loads of other instances must not overwrite the value
    const { entry, remoteWrite } = tiers.store({
      storeKey,
      targetKey: storeKey,
      value,
      options,
      start: tiers.startLoad(),
      codec: options.codec as Codec | undefined, // it gets this value alone
    })
    await Promise.all([sent, remoteWrite])
    return entry !== undefined
  }

  async delete(key: string): Promise<boolean> {
    const { sync, storeKeyOf } = this.#core
    const invalidation: Invalidation = { key: storeKeyOf(key) }
    const removed = sync.invalidateLocal(invalidation)
    const sent = sync.broadcast([invalidation])
    this.#emitMemory('delete', removed ? 'ok' : 'absent')
    this.#emitInvalidation('key', 1)
    await sent
    return removed
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const { sync, storeKeyOf } = this.#core
    const invalidations = Array.from(new Set(keys), (key) => ({ key: storeKeyOf(key) }))
    if (invalidations.length === 0) return 0
    const removed = invalidations.map((invalidation) => sync.invalidateLocal(invalidation))
    const sent = sync.broadcast(invalidations)
    for (const wasStored of removed) this.#emitMemory('delete', wasStored ? 'ok' : 'absent')
    this.#emitInvalidation('key', invalidations.length)
    await sent
    return removed.filter(Boolean).length
  }

  async invalidateTags(tags: readonly string[]): Promise<void> {
    const { sync } = this.#core
    const invalidations = tags.map((tag): Invalidation => ({ tag }))
    for (const invalidation of invalidations) sync.invalidateLocal(invalidation)
    const sent = sync.broadcast(invalidations)
    this.#emitInvalidation('tags', invalidations.length)
    await sent
  }

  async clear(): Promise<void> {
    const { sync } = this.#core
    sync.invalidateLocal('everything')
    const sent = sync.broadcast(['everything'])
    this.#emitMemory('clear', 'ok')
    this.#emitInvalidation('all', 1)
    await sent
  }

  noteChanges(key: string): (tags?: readonly string[]) => boolean {
    const { log, sync, storeKeyOf } = this.#core
    sync.applyPending()
    const storeKey = storeKeyOf(key)
    const { sequence } = log
    return (tags = []) => {
      sync.applyPending()
      return this.#tiers.isInvalidated([storeKey], tags, sequence)
    }
  }

  #emitMemory(operation: 'delete' | 'clear', result: 'ok' | 'absent'): void {
    this.#core.emit({ type: 'tier', cache: this.#core.name, tier: 'memory', operation, result })
  }

  #emitInvalidation(scope: 'key' | 'tags' | 'all', count: number): void {
    this.#core.emit({ type: 'invalidation', cache: this.#core.name, scope, count })
  }
}
