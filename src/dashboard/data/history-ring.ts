/** Samples of the counts over time, in a bounded list. */
import type { Snapshot } from '../../metrics/index.ts'
import { cachesOf, readsOf } from './cache-figures.ts'
import type { CacheSample, History, HistorySample } from './dashboard-data.ts'
import { type Buckets, quantilesBetween } from './quantiles.ts'
import { requestBuckets, requestFigures } from './request-figures.ts'
import { SnapshotReader } from './snapshot-reader.ts'

/** Buckets of the last sample, by series. The next sample has the quantiles since then. */
type LastBuckets = Map<string, Buckets>

/** Timers may fire a little early. */
const TOLERANCE = 0.9

export class HistoryRing {
  readonly everyMs: number
  readonly #most: number
  #samples: HistorySample[] = []
  #last: LastBuckets | undefined

  /** @param everyMs least time between samples. @param samples most samples that are kept. */
  constructor(everyMs: number, samples: number) {
    this.everyMs = everyMs
    this.#most = samples
  }

  /** Returns true if the last sample is at least one interval old. @param at epoch ms. */
  isDue(at: number): boolean {
    const last = this.#samples.at(-1)
    if (last === undefined) return this.#most > 0
    return at - last.at >= TOLERANCE * this.everyMs || at < last.at
  }

  /** Adds a sample. If the clock was set back, the samples before are dropped. @param at epoch ms. */
  add(snapshot: Snapshot, at: number): void {
    if (at < (this.#samples.at(-1)?.at ?? at)) this.#samples = []
    const reader = new SnapshotReader(snapshot)
    const now: LastBuckets = new Map()

    /** Returns the quantiles since the last sample; none for the first, which has no interval. */
    const since = (series: string, buckets: Buckets | undefined) => {
      if (buckets !== undefined) now.set(series, buckets)
      return this.#last && quantilesBetween(this.#last.get(series), buckets)
    }

    const caches = cachesOf(reader).map((name): [string, CacheSample] => {
      const where = { cache: name }
      const reads = readsOf(reader, name)
      const bytes = reader.number('cache_size_bytes', where)
      const hits = reader.buckets('cache_read_duration_seconds', { ...where, outcome: 'hit' })
      const hit = since(`hit ${name}`, hits)
      const load = since(`load ${name}`, reader.buckets('cache_load_duration_seconds', where))
      return [
        name,
        {
          ...(reads && { reads }),
          ...(bytes !== undefined && { bytes }),
          ...(hit && { hit }),
          ...(load && { load }),
        },
      ]
    })
    const requests = requestFigures(reader)
    const latency = since('requests', requestBuckets(reader))
    this.#samples.push({
      at,
      caches: Object.fromEntries(caches),
      ...(requests && {
        requests: { requests: requests.requests, errors: requests.errors, ...(latency && { latency }) },
      }),
    })
    if (this.#samples.length > this.#most) this.#samples.shift()
    this.#last = now
  }

  /** Returns the samples that are newer than a time. @param after epoch ms. Default: all. */
  since(after = -Infinity): History {
    const samples = this.#samples.filter(({ at }) => at > after)
    return { everyMs: this.everyMs, samples }
  }
}
