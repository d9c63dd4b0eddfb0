/** Look-ups in memory: synchronous, and without a load. */
import { deadFrom, type Entry } from '../../stores/entry.ts'
import type { Audit } from '../audit/audit.ts'
import type { Cache } from '../cache.ts'
import type { CacheCore } from '../core.ts'
import type { About } from '../events.ts'
import type { Found } from '../http-reads.ts'
import type { KeySpace } from '../key-spaces.ts'
import type { Read } from '../read.ts'
import type { MemoryTier } from '../tiers/memory-tier.ts'
import type { ReadCounter } from './read-counter.ts'
import { readOfEntry } from './read-result.ts'

export class Lookups implements Pick<Cache, 'lookup' | 'peek' | 'has' | 'keys'> {
  readonly #core: CacheCore
  readonly #memory: MemoryTier
  readonly #counter: ReadCounter
  readonly #audit: Audit | undefined

  /** @param audit audits hits. Default: none are audited. */
  constructor(core: CacheCore, memory: MemoryTier, counter: ReadCounter, audit?: Audit) {
    this.#core = core
    this.#memory = memory
    this.#counter = counter
    this.#audit = audit
  }

  lookup<T>(key: string): Read<T> | undefined {
    return this.hit(this.find<T>(key))
  }

  peek<T>(key: string): Read<T> | undefined {
    const storeKey = this.#storeKeyOf(key, this.#core.keys.data)
    // All readers of a key use the same value type.
    const entry = this.#mayUseMemory() ? (this.#memory.peek(storeKey) as Entry<T> | undefined) : undefined
    if (entry === undefined) return undefined
    const now = this.#core.now()
    return readOfEntry(entry, entry.freshUntil > now ? 'hit' : 'stale', 'memory', now)
  }

  has(key: string): boolean {
    return (this.peek(key)?.expiresInMs ?? 0) > 0
  }

  *keys(): Generator<string, void> {
    const { memory, prefix, keys, now, sync } = this.#core
    for (const storeKey of memory?.keys?.(prefix) ?? []) {
      sync.applyPending()
      const key = keys.data.keyOf(storeKey)
      const entry = this.#mayUseMemory() ? this.#memory.peek(storeKey) : undefined
      if (key !== undefined && entry !== undefined && deadFrom(entry) > now()) yield key
    }
  }

  find<T>(key: string, keys = this.#core.keys.data): Found<T> {
    const startedAt = this.#core.clock.precise()
    const storeKey = this.#storeKeyOf(key, keys)
    // All readers of a key use the same value type.
    const entry = this.#mayUseMemory() ? (this.#memory.find(storeKey) as Entry<T> | undefined) : undefined
    return { key, storeKey, entry, startedAt }
  }

  skipLookup<T>(key: string, keys = this.#core.keys.data): Found<T> {
    const startedAt = this.#core.clock.precise()
    return { key, storeKey: this.#storeKeyOf(key, keys), entry: undefined, startedAt }
  }

  hit<T>(
    { entry, startedAt }: Found<T>,
    accept?: (value: T) => boolean,
    about?: About,
    durationMs?: number,
    isAudited = false,
  ): Read<T> | undefined {
    const now = this.#core.clock.whole(startedAt)
    if (entry === undefined || entry.freshUntil <= now) return undefined
    if (accept !== undefined && !accept(entry.value)) return undefined
    if (isAudited && this.#audit?.isDue()) return undefined
    const read = readOfEntry(entry, 'hit', 'memory', now)
    this.#counter.countFromMemory('hit', startedAt, about, durationMs)
    return read
  }

  elapsedMs({ startedAt }: Found): number {
    return this.#counter.elapsedSince(startedAt)
  }

  #storeKeyOf(key: string, { storeKeyOf }: KeySpace): string {
    this.#core.sync.applyPending()
    return storeKeyOf(key)
  }

  /** True unless the cache is disabled or an invalidation is missing. */
  #mayUseMemory(): boolean {
    return this.#core.enabled && this.#core.sync.isCurrent
  }
}
