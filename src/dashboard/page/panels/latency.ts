/** Latency of hits and of loads: median and 99th percentile, since the start and over time. */
import type { CacheFigures, History, Quantiles } from '../../data/dashboard-data.ts'
import { intervalsOf } from '../charts/intervals.ts'
import { lineChart } from '../charts/line-chart.ts'
import { niceMax } from '../charts/scale.ts'
import { latency } from '../text/durations.ts'
import { latencyFigure } from '../text/figure.ts'
import { type Markup, markup } from '../text/markup.ts'
import { panel } from './panel.ts'
import type { OverTime } from './reads-over-time.ts'

const KINDS = [
  ['hit', 'Hits', 'c-hit'],
  ['load', 'Loads', 'c-miss'],
] as const

export function latencyPanel(id: string, cache: CacheFigures, overTime: OverTime): Markup {
  return panel({
    id,
    title: 'Latency',
    hint: 'Estimated from the buckets of cache_read_duration_seconds (hits) and cache_load_duration_seconds (loads).',
    kind: 'latency',
    aside: markup`<span class="key"><svg width="18" height="6" aria-hidden="true"><path class="line plain" d="M0 3H18"/></svg> p50</span> <span class="key"><svg width="18" height="6" aria-hidden="true"><path class="line dashed" d="M0 3H18"/></svg> p99</span>`,
    body: markup`<div class="pair">${KINDS.map(
      ([kind, name, color]) => markup`<div><h4>${name} ${summary(cache.latency[kind])}</h4>
${chart(`${id}-${kind}`, cache.name, { kind, name, color, ...overTime })}</div>
`,
    )}</div>`,
  })
}

function summary(quantiles: Quantiles | undefined): Markup {
  if (quantiles === undefined) return markup`<span class="muted">none yet</span>`
  return markup`<span class="quantiles"><abbr title="half of them took at most this, since the start">p50</abbr> ${latencyFigure(quantiles.p50)} <abbr title="99 in 100 took at most this, since the start">p99</abbr> ${latencyFigure(quantiles.p99)}</span>`
}

interface Kind extends OverTime {
  readonly kind: 'hit' | 'load'
  readonly name: string
  readonly color: string
}

function chart(id: string, cache: string, { kind, name, color, history, span }: Kind): Markup {
  return lineChart({
    id,
    title: `Latency of ${name.toLowerCase()} over time`,
    span,
    height: 92,
    maxOf: niceLatency,
    format: latency,
    dataOf: (maxIntervals) => linesOf(history, cache, kind, color, maxIntervals),
  })
}

/** 1 ms without a value: the axis then looks as it will later. */
function niceLatency(largest: number): number {
  return largest === 0 ? 0.001 : niceMax(largest)
}

function linesOf(history: History, cache: string, kind: 'hit' | 'load', color: string, maxIntervals: number) {
  const intervals = intervalsOf(history, cache, maxIntervals)
  return {
    intervals,
    lines: [
      { name: 'p50', look: 'plain' as const, color, values: intervals.map((one) => one[kind]?.p50) },
      { name: 'p99', look: 'dashed' as const, color, values: intervals.map((one) => one[kind]?.p99) },
    ],
  }
}
