/** Options of the dashboard. */
import type { ExecutionContext } from 'hono'
import type { Cache } from '../cache/cache.ts'
import type { Schedule } from '../cache/timing/schedule.ts'
import { type SnapshotSource, snapshotSources } from '../metrics/merging/snapshot-source.ts'
import {
  aBoolean,
  aFunction,
  aNumber,
  anObject,
  aString,
  type OptionRule,
  type OptionRules,
  requireOptions,
  validateOptions,
} from '../options.ts'
import { type DashboardControl, isControl } from './controls/control.ts'

export interface DashboardOptions {
  /**
   * A registry, several, or anything else with `collect`: what `scrape` exposes. Figures that it does not have are not shown: those of
   * caches need `createInstruments`, those of requests `httpMetrics` or `createInstruments`.
   */
  registry: SnapshotSource | readonly SnapshotSource[]
  /**
   * The cache, or several. The page also shows the other caches of the registry, but not their hottest and largest entries. Default:
   * none.
   */
  cache?: Cache | readonly Cache[]
  /** Adds a form that purges, and its endpoint. Default: nothing can be purged from the page. */
  purge?: DashboardPurge
  /** Title of the page. Default: `hitrate`. */
  title?: string
  /** If true, the page shows the keys of the hottest and largest entries, which may contain personal data. Default: false. */
  showKeys?: boolean
  /** Buttons of the app, such as faults for a demonstration. Everyone with access to the page may press them. Default: none. */
  controls?: readonly DashboardControl[]
  /** Samples for the charts, or false for none. Default: a sample every 5 s, 180 of them: 15 minutes. */
  history?: HistoryOptions | false
}

/** As in `PurgeOptions`. */
export interface DashboardPurge {
  /** `app.fetch`, or the `fetch` that `front()` returned for it. */
  fetch: (request: Request, env?: object, context?: ExecutionContext) => Response | Promise<Response>
  /** Token that the form asks for. Default: none, so anyone who reaches the page may purge. */
  token?: string
}

export interface HistoryOptions {
  /** Least time between two samples, in ms, at least 100. Default: 5000. */
  everyMs?: number
  /** Most samples that are kept, from 1 to 10,000. Default: 180. */
  samples?: number
  /**
   * Starts the timer of the samples. Default: the runtime's timers, which do not keep the process running. Where there are none outside
   * of requests (Workers), only requests for the page take samples.
   */
  schedule?: Schedule
  /** Wall clock, epoch ms. Default: `Date.now`. */
  now?: () => number
}

/** Complete and valid options. */
export interface ResolvedDashboard {
  readonly registry: SnapshotSource | readonly SnapshotSource[]
  readonly caches: readonly Cache[]
  readonly purge: DashboardPurge | undefined
  readonly title: string
  readonly showKeys: boolean
  readonly controls: readonly DashboardControl[]
  /** `undefined`: no samples. */
  readonly history:
    | { readonly everyMs: number; readonly samples: number; readonly schedule?: Schedule }
    | undefined
  readonly now: () => number
}

/** @param subject first words of the errors: name of the function with the options. */
export function resolveDashboard(subject: string, options: DashboardOptions): ResolvedDashboard {
  validateOptions(subject, options, rules)
  requireOptions(subject, options, rules, ['registry'])
  const {
    registry,
    cache = [],
    purge,
    title = 'hitrate',
    showKeys = false,
    controls = [],
    history = {},
  } = options
  const caches = isList(cache) ? cache : [cache]
  if (purge !== undefined) checkPurge(subject, purge, caches)
  return {
    registry,
    caches,
    purge,
    title,
    showKeys,
    controls,
    history: history === false ? undefined : resolveHistory(subject, history),
    now: (history !== false && history.now) || Date.now,
  }
}

const rules: OptionRules<DashboardOptions> = {
  registry: snapshotSources,
  cache: {
    expected: 'a cache made by createCache(), or an array of different ones',
    isValid: (value) => (Array.isArray(value) ? areDifferentCaches(value) : isCache(value)),
  },
  purge: anObject,
  title: aString,
  showKeys: aBoolean,
  controls: {
    expected: 'an array of objects with label, description and action',
    isValid: (value) => Array.isArray(value) && value.every(isControl),
  },
  history: {
    expected: 'false or an object',
    isValid: (value) => value === false || anObject.isValid(value),
  },
}

const purgeRules: OptionRules<DashboardPurge> = {
  fetch: { ...aFunction, expected: 'a function such as app.fetch' },
  token: aString,
}

const historyRules: OptionRules<HistoryOptions> = {
  everyMs: aNumber,
  samples: aNumber,
  schedule: aFunction,
  now: aFunction,
}

function checkPurge(subject: string, purge: DashboardPurge, caches: readonly Cache[]): void {
  validateOptions(`${subject}: purge`, purge, purgeRules)
  requireOptions(`${subject}: purge`, purge, purgeRules, ['fetch'])
  if (caches.length === 0) throw new TypeError(`${subject}: purge needs the option cache`)
}

function resolveHistory(subject: string, options: HistoryOptions) {
  validateOptions(`${subject}: history`, options, historyRules)
  const { everyMs = 5000, samples = 180, schedule } = options
  if (!(everyMs >= 100 && everyMs < Infinity)) {
    throw new RangeError(`${subject}: history: everyMs must be a number of ms from 100, got ${everyMs}`)
  }
  if (!(Number.isInteger(samples) && samples >= 1 && samples <= 10_000)) {
    throw new RangeError(
      `${subject}: history: samples must be a whole number from 1 to 10000, got ${samples}`,
    )
  }
  return { everyMs, samples, ...(schedule && { schedule }) }
}

function areDifferentCaches(values: readonly unknown[]): boolean {
  return values.length > 0 && values.every(isCache) && new Set(values).size === values.length
}

const isCache: OptionRule['isValid'] = (value) => {
  const { name, stats } = (value ?? {}) as Partial<Cache> // `value` can be of any type
  return typeof name === 'string' && typeof stats === 'function'
}

/** `Array.isArray` does not narrow a readonly array. */
function isList(cache: Cache | readonly Cache[]): cache is readonly Cache[] {
  return Array.isArray(cache)
}
