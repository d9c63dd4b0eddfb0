/**
 * Everything that the page shows of one moment, as JSON. Units: seconds, bytes, ratios from 0 to 1, and times in epoch ms. A part that
 * neither the registry nor a cache has is absent.
 */

export interface DashboardData {
  /** Time of the snapshot, epoch ms. */
  readonly at: number
  readonly title: string
  readonly build?: { readonly version: string; readonly runtime: string }
  /** The caches of the option `cache` in their order, then the others of the registry. */
  readonly caches: readonly CacheFigures[]
  /** Most requested first, at most 20. Empty if the registry does not count requests. */
  readonly routes: readonly RouteFigures[]
  /** Requests of all routes, of those too that `routes` leaves out. */
  readonly requests?: RequestFigures
  readonly requestsInFlight?: number
  readonly process?: ProcessFigures
  readonly history: History
  /** Absent without the option `purge`: then there is no endpoint `purge`. */
  readonly purge?: { readonly needsToken: boolean }
  /** Buttons of the app, in their order. Absent without the option `controls`. */
  readonly controls?: readonly ControlState[]
}

/** A button of the app. */
export interface ControlState {
  readonly label: string
  readonly description: string
  /** Absent if the button does not toggle anything. */
  readonly isOn?: boolean
  /** The effect of the last press. Absent before the first. */
  readonly result?: string
}

export type Outcome = 'hit' | 'stale' | 'miss' | 'coalesced' | 'error' | 'bypass'

/** Numbers of reads since the start, as in `cache_reads_total`. */
export type Reads = Readonly<Record<Outcome, number>>

export interface CacheFigures {
  readonly name: string
  readonly reads?: Reads
  /** (hit + stale) / (hit + stale + miss + coalesced), 0 before the first read: as `cache_hit_rate`. Absent without `reads`. */
  readonly hitRate?: number
  /** Of `cache_read_duration_seconds{outcome="hit"}` and `cache_load_duration_seconds`, since the start. */
  readonly latency: { readonly hit?: Quantiles; readonly load?: Quantiles }
  readonly loads?: { readonly ok: number; readonly error: number }
  /** The memory tier, of all threads. */
  readonly stored?: { readonly entries: number; readonly bytes: number; readonly maxBytes: number }
  /** By reason: `capacity`, `expired`. */
  readonly evictions?: Readonly<Record<string, number>>
  readonly predictedHitRatio?: Readonly<Record<'0.5x' | '1x' | '2x' | '4x', number>>
  /** `memory`, then `remote` if there is one. */
  readonly tiers: readonly TierFigures[]
  /** False while invalidations of other processes do not arrive. Absent without messages. */
  readonly busUp?: boolean
  /** By scope: `key`, `tags`, `all`. */
  readonly invalidations?: Readonly<Record<string, number>>
  /** By kind. */
  readonly warnings?: Readonly<Record<string, number>>
  /** By result: `same`, `different`, `failed`. Absent before the first audit. */
  readonly audits?: Readonly<Record<string, number>>
  readonly top?: TopFigures
}

export interface TierFigures {
  readonly tier: string
  /** False while the circuit breaker is open. Absent for a cache whose state is not watched. */
  readonly isUp?: boolean
  /** As in `cache_tier_operations_total`, of all results. Absent if the registry does not count them. */
  readonly operations?: number
  /** Those with the result `error` or `timeout`. */
  readonly errors?: number
}

/** Entries of the memory tier of the thread that made the page: threads have separate memory. */
export interface TopFigures {
  /** Most used first. */
  readonly hottest: readonly TopEntry[]
  /** Largest first. */
  readonly largest: readonly TopEntry[]
  /** Number of entries that were examined for this result; if the store has more, the next result continues with those. */
  readonly examined: number
}

export interface TopEntry {
  /** Only with the option `showKeys`. */
  readonly key?: string
  readonly bytes: number
  /** Estimated share of the memory tier's look-ups, from 0 to 1. Absent if the store estimates none. */
  readonly share?: number
  readonly ageMs: number
  /** Negative for a stale entry. Absent for one that is always fresh: JSON has no infinite numbers. */
  readonly freshForMs?: number
}

/** Interpolated within a bucket, as PromQL's `histogram_quantile`. */
export interface Quantiles {
  /** Number of observations, above 0. */
  readonly count: number
  readonly p50: number
  readonly p99: number
}

export interface RequestFigures {
  readonly requests: number
  /** Responses with a status from 500 to 599. */
  readonly errors: number
  /** Of `http_request_duration_seconds`, since the start. */
  readonly latency?: Quantiles
}

export interface RouteFigures extends RequestFigures {
  readonly method: string
  readonly route: string
}

export interface ProcessFigures {
  /** Epoch ms. */
  readonly startedAt?: number
  readonly cpuSeconds?: number
  readonly residentBytes?: number
  /** Threads that attached to the registry of this one; absent with one thread. */
  readonly threads?: number
  readonly threadRestarts?: number
  readonly eventLoopP99Seconds?: number
}

/** Samples at least `everyMs` apart, oldest first; the page computes rates from differences of neighbours and of their times. */
export interface History {
  readonly everyMs: number
  readonly samples: readonly HistorySample[]
}

/** Counts since the start at one time, and the quantiles of the interval since the previous sample. */
export interface HistorySample {
  /** Epoch ms. */
  readonly at: number
  /** By name. A cache is absent before its first sample. */
  readonly caches: Readonly<Record<string, CacheSample>>
  /** `latency` is that of the interval. */
  readonly requests?: RequestFigures
}

export interface CacheSample {
  readonly reads?: Reads
  readonly bytes?: number
  /** Of the interval; absent if it had no hit. */
  readonly hit?: Quantiles
  /** Of the interval; absent if it had no load. */
  readonly load?: Quantiles
}
