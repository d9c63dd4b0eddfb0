/** The figures of one cache, from the registry; what it does not have, from the state of the cache itself. */
import type { CacheStats } from '../../cache/cache.ts'
import type { CacheFigures, Outcome, Reads, TierFigures } from './dashboard-data.ts'
import { quantilesOf } from './quantiles.ts'
import type { SnapshotReader } from './snapshot-reader.ts'

const OUTCOMES = ['hit', 'stale', 'miss', 'coalesced', 'error', 'bypass'] as const satisfies Outcome[]
const SIZES = ['0.5x', '1x', '2x', '4x'] as const

/** Metrics that have a series for each cache as soon as it has events or is watched. */
const OF_EACH_CACHE = ['cache_reads_total', 'cache_entries', 'cache_loads_total', 'cache_invalidations_total']

/** Returns the names of the caches of the registry, in the order of their series. */
export function cachesOf(reader: SnapshotReader): string[] {
  return [...new Set(OF_EACH_CACHE.flatMap((metric) => reader.valuesOf(metric, 'cache')))]
}

/** @param stats of this thread's cache of that name; `undefined` if only the registry has it. */
export function cacheFigures(
  reader: SnapshotReader,
  name: string,
  stats: CacheStats | undefined,
): CacheFigures {
  const where = { cache: name }
  const reads = readsOf(reader, name)
  const hit = quantilesOf(reader.buckets('cache_read_duration_seconds', { ...where, outcome: 'hit' }))
  const load = quantilesOf(reader.buckets('cache_load_duration_seconds', where))
  const loads = reader.numbersBy('cache_loads_total', 'result', where)
  return {
    name,
    ...(reads && { reads, hitRate: hitRateOf(reads) }),
    latency: { ...(hit && { hit }), ...(load && { load }) },
    ...(loads && { loads: { ok: loads.ok ?? 0, error: loads.error ?? 0 } }),
    ...present('stored', storedOf(reader, name, stats)),
    ...present('evictions', reader.numbersBy('cache_evictions_total', 'reason', where)),
    ...present('predictedHitRatio', predictedOf(reader, name) ?? stats?.predictedHitRatio),
    tiers: tiersOf(reader, name, stats),
    ...present('busUp', flag(reader.number('cache_bus_up', where)) ?? stats?.busUp),
    ...present('invalidations', reader.numbersBy('cache_invalidations_total', 'scope', where)),
    ...present('warnings', reader.numbersBy('cache_warnings_total', 'warning', where)),
    ...present('audits', reader.numbersBy('cache_audit_total', 'result', where)),
  }
}

export function readsOf(reader: SnapshotReader, name: string): Reads | undefined {
  const counts = reader.numbersBy('cache_reads_total', 'outcome', { cache: name })
  if (counts === undefined) return undefined
  return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, counts[outcome] ?? 0])) as Reads
}

function hitRateOf({ hit, stale, miss, coalesced }: Reads): number {
  const hits = hit + stale
  const all = hits + miss + coalesced
  return all === 0 ? 0 : hits / all
}

/** The registry has the sums over all threads, so its figures come first. */
function storedOf(
  reader: SnapshotReader,
  name: string,
  stats: CacheStats | undefined,
): CacheFigures['stored'] {
  const where = { cache: name }
  const entries = reader.number('cache_entries', where) ?? stats?.entries
  const bytes = reader.number('cache_size_bytes', where) ?? stats?.bytes
  const maxBytes = reader.number('cache_max_size_bytes', where) ?? stats?.maxBytes
  if (entries === undefined || bytes === undefined || maxBytes === undefined) return undefined
  return { entries, bytes, maxBytes }
}

function predictedOf(reader: SnapshotReader, name: string): CacheFigures['predictedHitRatio'] {
  const ratios = reader.numbersBy('cache_predicted_hit_ratio', 'size', { cache: name })
  if (ratios === undefined || !SIZES.every((size) => size in ratios)) return undefined
  return ratios as CacheFigures['predictedHitRatio'] // the line above has checked it
}

function tiersOf(reader: SnapshotReader, name: string, stats: CacheStats | undefined): TierFigures[] {
  return ['memory', 'remote'].flatMap((tier) => {
    const where = { cache: name, tier }
    const results = reader.numbersBy('cache_tier_operations_total', 'result', where)
    const isUp = flag(reader.number('cache_tier_up', where)) ?? stateOf(tier, stats)
    if (results === undefined && isUp === undefined) return []
    const counts = results && {
      operations: Object.values(results).reduce((sum, count) => sum + count, 0),
      errors: (results.error ?? 0) + (results.timeout ?? 0),
    }
    return [{ tier, ...present('isUp', isUp), ...counts }]
  })
}

function stateOf(tier: string, stats: CacheStats | undefined): boolean | undefined {
  if (tier === 'remote') return stats?.remoteUp
  return stats !== undefined && stats.maxBytes > 0 ? true : undefined
}

function flag(value: number | undefined): boolean | undefined {
  return value === undefined ? undefined : value === 1
}

/** Returns an object with the property, or without it for `undefined`. */
function present<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [N in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [N in Name]?: Value })
}
