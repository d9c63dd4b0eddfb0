/** Runs a trace against memory stores of several sizes. One of them predicts the hit ratios of the others. */
import { type MemoryStoreOptions, memoryStore } from '../../src/exports/index.ts'
import type { Entry } from '../../src/stores/entry.ts'
import { keysOf } from '../../tests/support/traces/simulation.ts'
import type { Trace } from '../../tests/support/traces/synthetic.ts'
import { bytesOf } from '../eviction/sizes.ts'

const factors = { '0.5x': 0.5, '1x': 1, '2x': 2, '4x': 4 }
export type Size = keyof typeof factors
export const sizes = Object.keys(factors) as Size[]

export interface RunOptions {
  eviction: 'lru' | 'density'
  bound: 'entries' | 'bytes'
  /** Number of entries, or the share of all keys (with a bound of bytes: of all bytes) that the store has room for. */
  room: { entries: number } | { share: number }
}

export interface PredictionErrors {
  /** Number of entries or bytes. */
  room: number
  /** Hit ratio in percent. */
  ratio: number
  /** Mean prediction less the real ratio, in points. */
  errors: Record<Size, number>
}

/** Predictions after the first tenth of a run. */
const MOMENTS = 50

/** The real ratios fade as the predictions do: half of the weight after so many reads, for a store of that many entries. */
function halfLifeOf(entries: number): number {
  return 1024 * Math.max(16, 2 ** Math.ceil(Math.log2(entries / 256)))
}

export function errorsOf(trace: Trace, { eviction, bound, room }: RunOptions): PredictionErrors {
  const keys = keysOf(trace)
  const bytes = (key: number) => (bound === 'bytes' ? bytesOf(key) : 1)
  let total = 0
  for (let key = 0; key < keys; key++) total += bytes(key)
  const units = Math.round('share' in room ? room.share * total : room.entries)
  const runWith = (factor: number) => {
    const size = Math.max(1, Math.round(factor * units))
    // A tenth of the bytes is for negative entries.
    const limits =
      bound === 'bytes' ? { maxBytes: Math.round(size / 0.9) } : { maxEntries: size, maxBytes: 2 ** 40 }
    return run(trace, bytes, { ...limits, eviction }, halfLifeOf((units * keys) / total))
  }
  const { ratio, predicted } = runWith(1)
  const errors = Object.fromEntries(
    sizes.map((size) => [size, predicted(size) - (size === '1x' ? ratio : runWith(factors[size]).ratio)]),
  ) as Record<Size, number>
  return { room: units, ratio, errors }
}

/** Returns the mean ratios at the moments after the first tenth of the trace, in percent. */
function run(trace: Trace, bytes: (key: number) => number, options: MemoryStoreOptions, halfLife: number) {
  const store = memoryStore(options)
  let counts = { reads: 0, hits: 0 }
  const takeReads = () => {
    const taken = counts
    counts = { reads: 0, hits: 0 }
    return taken
  }
  store.attach({ name: 'bench', prefix: '', onEviction() {}, takeReads })
  const warmUp = Math.floor(trace.length / 10)
  const every = Math.floor((trace.length - warmUp) / MOMENTS)
  const sums = { real: 0, '0.5x': 0, '1x': 0, '2x': 0, '4x': 0 }
  const fading = 2 ** (-1 / halfLife)
  let faded = { reads: 0, hits: 0 }
  trace.forEach((key, i) => {
    const name = `user:${key}`
    const isHit = store.get(name) !== undefined
    if (!isHit) store.set(name, entryOf(bytes(key)))
    counts.reads++
    counts.hits += isHit ? 1 : 0
    faded = { reads: fading * faded.reads + 1, hits: fading * faded.hits + (isHit ? 1 : 0) }
    if (i < warmUp || (i - warmUp) % every !== every - 1) return
    const predicted = store.stats().predictedHitRatio ?? { '0.5x': 0, '1x': 0, '2x': 0, '4x': 0 }
    sums.real += faded.hits / faded.reads
    for (const size of sizes) sums[size] += predicted[size]
  })
  const mean = (size: keyof typeof sums) => (100 * sums[size]) / MOMENTS
  return { ratio: mean('real'), predicted: (size: Size) => mean(size) }
}

function entryOf(bytes: number): Entry {
  return {
    value: undefined,
    madeAt: 0,
    freshUntil: Infinity,
    revalidateUntil: Infinity,
    errorUntil: Infinity,
    keptUntil: Infinity,
    mustRevalidate: false,
    tags: [],
    negative: false,
    bytes,
    sequence: 0,
  }
}
