/** Writes and invalidations: they apply in this thread at once, then in the other instances and in the remote tier. */
import { type OptionRules, validateOptions } from '../options.ts'
import type { Cache, WriteOptions } from './cache.ts'
import { aCodec, type Codec } from './codec.ts'
import type { CacheCore } from './core.ts'
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
    const storeKey = storeKeyOf(key)
    if (!enabled) return false
    // Applied before the sequence number is taken, and not again in between: later invalidations must win over this value.
    sync.applyPending()
    // The old value is invalid, whether or not the new one is stored, and running loads must not overwrite it.
    const { sent } = sync.invalidate([{ key: storeKey }])
    const { entry, remoteWrite } = this.#tiers.store({
      storeKey,
      value,
      options,
      start: this.#tiers.startLoad(),
      codec: options.codec as Codec | undefined, // it gets this value alone
    })
    await Promise.all([sent, remoteWrite])
    return entry !== undefined
  }

  async delete(key: string): Promise<boolean> {
    return (await this.deleteMany([key])) > 0
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const { sync, storeKeyOf, emitMemory } = this.#core
    const invalidations = Array.from(new Set(keys), (key) => ({ key: storeKeyOf(key) }))
    if (invalidations.length === 0) return 0
    const { removed, sent } = sync.invalidate(invalidations)
    for (const wasStored of removed) emitMemory('delete', wasStored ? 'ok' : 'absent')
    this.#emitInvalidation('key', invalidations.length)
    await sent
    return removed.filter(Boolean).length
  }

  async invalidateTags(tags: readonly string[]): Promise<void> {
    const { sent } = this.#core.sync.invalidate(tags.map((tag) => ({ tag })))
    this.#emitInvalidation('tags', tags.length)
    await sent
  }

  async clear(): Promise<void> {
    const { sync, emitMemory } = this.#core
    const { sent } = sync.invalidate(['everything'])
    emitMemory('clear', 'ok')
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

  #emitInvalidation(scope: 'key' | 'tags' | 'all', count: number): void {
    this.#core.emit({ type: 'invalidation', cache: this.#core.name, scope, count })
  }
}
