/** Snapshots written by hand, to test renderers without a registry. */

import type { Snapshot } from '../../../src/metrics/index.ts'
import type {
  Exemplar,
  FamilySnapshot,
  HistogramSnapshot,
  Identity,
  ScalarSnapshot,
} from '../../../src/metrics/series/family.ts'
import { writeLabels } from '../../../src/metrics/series/labels.ts'

export type LabelSet = Readonly<Record<string, string>>

type Head = {
  name: string
  help?: string
  unit?: string
}

type Series = {
  labels?: LabelSet
  created?: number
}

export function snapshotOf(...families: FamilySnapshot[]): Snapshot {
  return { families }
}

/** A counter, gauge or info, with creation times and exemplars if a series has them. */
export function scalar(
  type: 'counter' | 'gauge' | 'info',
  { name, help = '', unit }: Head,
  ...series: (Series & { value: number; exemplar?: Exemplar })[]
): ScalarSnapshot {
  return {
    type,
    name,
    help,
    unit,
    labelNames: namesOf(series),
    series: series.map(identity),
    values: series.map(({ value }) => value),
    ...(series.some(({ created }) => created !== undefined) ? { created: createdOf(series) } : {}),
    ...(series.some(({ exemplar }) => exemplar) ? { exemplars: series.map(({ exemplar }) => exemplar) } : {}),
  }
}

export type HistogramSeries = Series & {
  /** Counts of the classic buckets, including +Inf. */
  counts: readonly number[]
  /** In units of `1 / scale`. */
  sum: number
  exemplars?: readonly (Exemplar | undefined)[]
  zeroCount?: number
  /** Counts of the native buckets, by ascending index. */
  native?: readonly (readonly [index: number, count: number])[]
}

export function histogram(
  {
    name,
    help = '',
    unit,
    bounds = [],
    scale = 1,
    native,
  }: Head & {
    bounds?: readonly number[]
    scale?: number
    native?: { schema: number; zeroThreshold: number }
  },
  ...series: HistogramSeries[]
): HistogramSnapshot {
  return {
    type: 'histogram',
    name,
    help,
    unit,
    labelNames: namesOf(series),
    bounds,
    scale,
    series: series.map(identity),
    values: series.flatMap(({ counts, sum }) => [...counts, sum]),
    created: createdOf(series),
    ...(series.some(({ exemplars }) => exemplars) ? { exemplars: series.map((one) => one.exemplars) } : {}),
    ...(native ? { native: { ...native, series: series.map(nativeOf) } } : {}),
  }
}

function nativeOf({ zeroCount = 0, native = [] }: HistogramSeries) {
  return { zeroCount, indexes: native.map(([index]) => index), counts: native.map(([, count]) => count) }
}

function namesOf([first]: readonly Series[]): string[] {
  return Object.keys(first?.labels ?? {})
}

function identity({ labels = {} }: Series): Identity {
  return { labels: Object.values(labels), text: writeLabels(Object.keys(labels), Object.values(labels)) }
}

function createdOf(series: readonly Series[]): number[] {
  return series.map(({ created = 0 }) => created)
}

export const beyondAscii = 'é 😀'

/** Text that needs care: quotes, backslashes, line ends, separators of other libraries, characters beyond ASCII. */
export const awkward = `a "quoted" back\\slash\\n,\na|b{c="d"} # ${beyondAscii}`

/** A snapshot with every kind of metric. */
export const everything = snapshotOf(
  scalar(
    'counter',
    { name: 'cache_reads_total', help: `Reads: ${awkward}` },
    {
      labels: { outcome: 'hit', cache: 'users' },
      value: 1234567,
      created: 1767225600.125,
      exemplar: { labels: { trace_id: '4bf92f35', note: 'a "b"\\c\n|d' }, value: 1, timestamp: 1767225700.5 },
    },
    { labels: { outcome: 'miss', cache: awkward }, value: 3, created: 1767225601 },
  ),
  scalar('counter', { name: 'logins' }, { value: Number.MAX_SAFE_INTEGER }),
  scalar(
    'counter',
    { name: 'busy_seconds_total', help: 'Busy.', unit: 'seconds' },
    { value: 0.25, created: 1 },
  ),
  scalar(
    'gauge',
    { name: 'temperature_celsius', help: 'How warm.', unit: 'celsius' },
    { labels: { where: 'nowhere' }, value: Number.NaN },
    { labels: { where: 'star' }, value: Number.POSITIVE_INFINITY },
    { labels: { where: 'void' }, value: Number.NEGATIVE_INFINITY },
    { labels: { where: 'here' }, value: -0.00001 },
  ),
  scalar('gauge', { name: 'unread', help: 'Without series.' }),
  scalar('info', { name: 'app_build_info', help: 'Build.' }, { labels: { version: '1.2.3' }, value: 1 }),
  histogram(
    {
      name: 'load_duration_seconds',
      help: 'Loads.',
      unit: 'seconds',
      bounds: [0.001, 0.25, 1, 1e6],
      scale: 1e9,
    },
    {
      labels: { cache: 'users' },
      counts: [2, 0, 1, 0, 1],
      sum: 2e15 + 500_000_000,
      created: 1767225602,
      exemplars: [
        { labels: { trace_id: 'first' }, value: 0.0005, timestamp: 1767225703.25 },
        undefined,
        { labels: {}, value: 1, timestamp: 1767225704 },
        undefined,
        { labels: { trace_id: 'last' }, value: 2e6, timestamp: 1767225705 },
      ],
    },
    { labels: { cache: awkward }, counts: [0, 0, 0, 0, 0], sum: 0, created: 1767225603.5 },
  ),
  histogram(
    { name: 'wait_seconds', help: 'Native only.', scale: 1e9, native: { schema: 3, zeroThreshold: 1e-9 } },
    {
      counts: [12],
      sum: 6_500_000_000,
      created: 1767225604,
      exemplars: [{ labels: { trace_id: 'native' }, value: 0.5, timestamp: 1767225706 }],
      zeroCount: 2,
      native: [
        [-8, 3],
        [-7, 1],
        [0, 5],
        [16, 1],
      ],
    },
  ),
  histogram(
    { name: 'body_bytes', help: 'Both.', bounds: [1024], native: { schema: 0, zeroThreshold: 0 } },
    {
      labels: { size: 'some' },
      counts: [1, 2],
      sum: 7000,
      created: 1767225605,
      native: [
        [9, 1],
        [11, 1],
        [12, 1],
      ],
    },
    { labels: { size: 'none' }, counts: [0, 0], sum: 0, created: 1767225606 },
  ),
)
