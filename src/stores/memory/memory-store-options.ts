/** Options of `memoryStore`. */
import { type Engine, type HeapModel, heapModelOf } from '../../heap/heap-model.ts'
import { aBoolean, anything, type OptionRules, oneOf, validateOptions } from '../../options.ts'
import { createDensity } from './eviction/density/density.ts'
import type { EvictionPolicy } from './eviction/eviction-policy.ts'
import { LruPolicy } from './eviction/lru-policy.ts'

export interface MemoryStoreOptions {
  /** Space for entries, their keys and bookkeeping, in bytes. Default: 64 MiB. */
  maxBytes?: number
  /**
   * Maximum number of entries that are not negative. Negative entries have a separate limit, a tenth of it. Default:
   * unlimited.
   */
  maxEntries?: number
  /**
   * Selects the entries to evict. `density`: those with the least chance of a hit for each request that they stay, as learnt from the
   * requests so far; without `maxEntries`, small entries are worth more than large ones. `lru`: the least recently used ones.
   * Default: `density`.
   */
  eviction?: 'density' | 'lru'
  /** If true, `stats()` has the hit ratios for other sizes of the store. Default: true. */
  predictHitRatio?: boolean
  /** The JavaScript engine, which determines the memory that entries take. Default: that of the runtime. */
  engine?: Engine
}

export interface ResolvedOptions {
  readonly maxBytes: number
  readonly maxEntries: number
  readonly policy: EvictionPolicy
  readonly predictHitRatio: boolean
  readonly heap: HeapModel
}

/** @throws {TypeError} for an unknown option; {RangeError} when a bound is not a positive whole number. */
export function resolveOptions(options: MemoryStoreOptions): ResolvedOptions {
  validateOptions('memoryStore', options, rules)
  const { eviction = 'density', predictHitRatio = true } = options
  const maxBytes = bound('maxBytes', options.maxBytes ?? 64 * 1024 * 1024)
  const maxEntries = options.maxEntries === undefined ? Infinity : bound('maxEntries', options.maxEntries)
  const policy =
    eviction === 'lru' ? new LruPolicy() : createDensity({ boundedByBytes: maxEntries === Infinity })
  return { maxBytes, maxEntries, policy, predictHitRatio, heap: heapModelOf(options.engine) }
}

const rules: OptionRules<MemoryStoreOptions> = {
  maxBytes: anything, // bound() checks both
  maxEntries: anything,
  eviction: oneOf('density', 'lru'),
  predictHitRatio: aBoolean,
  engine: oneOf('v8', 'jsc'),
}

function bound(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`memoryStore: ${name} must be a positive whole number, got ${value}`)
  }
  return value
}
