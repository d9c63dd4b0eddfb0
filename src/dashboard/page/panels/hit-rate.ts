/** The large figure of a cache, and its reads by outcome, which are also the legend of the chart of reads. */
import type { CacheFigures, History, Outcome, Reads } from '../../data/dashboard-data.ts'
import { hitRateOf, intervalsOf, newest, OUTCOMES, totalOf } from '../charts/intervals.ts'
import { lineChart } from '../charts/line-chart.ts'
import { swatch } from '../charts/patterns.ts'
import { POINTS } from '../charts/resolution.ts'
import { countFigure } from '../text/figure.ts'
import { type Markup, markup } from '../text/markup.ts'
import { percent, rate } from '../text/numbers.ts'
import { NARROW_SPACE } from '../text/printable.ts'
import { empty, panel } from './panel.ts'
import type { OverTime } from './reads-over-time.ts'

const DEFINITION =
  'Share of reads that the cache answered: (hit + stale) / (hit + stale + coalesced + miss) since the start, as cache_hit_rate. ' +
  'Errors and bypasses do not count.'

const MEANINGS: Readonly<Record<Outcome, string>> = {
  hit: 'Answered by a fresh entry.',
  stale: 'Answered by a stale entry: while it was refreshed, after an error or at the deadline.',
  coalesced: 'Shared a load that another read had started.',
  miss: 'Loaded.',
  error: 'The load failed, or no tier answered.',
  bypass: 'The cache was not asked.',
}

const MINUTE = 60_000

export function hitRatePanel(id: string, cache: CacheFigures, { history, span }: OverTime): Markup {
  const { name, reads, hitRate } = cache
  return panel({
    id,
    title: 'Hit rate',
    aside: 'since the start',
    hint: DEFINITION,
    kind: 'hit-rate',
    body:
      reads === undefined || hitRate === undefined
        ? empty('The registry has no reads of this cache.')
        : markup`${figure(reads, hitRate)}${recent(name, history)}${overTime(id, name, { history, span })}${outcomes(reads)}`,
  })
}

function figure(reads: Reads, hitRate: number): Markup {
  const isUnread = hitRateOf(reads) === undefined
  const text = isUnread ? '–' : percent(hitRate)
  return markup`<p class="large" title="${DEFINITION}"><data value="${hitRate}">${text}</data>${!isUnread && markup`<span class="unit">%</span>`}</p>
`
}

function recent(cache: string, history: History): Markup {
  const last = newest(intervalsOf(history, cache, POINTS), MINUTE)
  const hitRate = last && hitRateOf(last.reads)
  if (last === undefined || hitRate === undefined)
    return markup`<p class="recent">No reads in the last minute</p>`
  return markup`<p class="recent"><strong>${percent(hitRate)}${NARROW_SPACE}%</strong> in the last minute, <span class="nowrap">at ${rate(totalOf(last.reads) / last.seconds)} reads/s</span></p>
`
}

function overTime(id: string, cache: string, { history, span }: OverTime): Markup {
  return lineChart({
    id,
    title: 'Hit rate over time',
    span,
    height: 84,
    maxOf: () => 1,
    format: (ratio) => `${percent(ratio).replace('.0', '')}${NARROW_SPACE}%`,
    isFilled: true,
    dataOf(maxIntervals) {
      const intervals = intervalsOf(history, cache, maxIntervals)
      const values = intervals.map(({ reads }) => reads && hitRateOf(reads))
      return { intervals, lines: [{ name: 'hit rate', look: 'plain', color: 'c-hit', values }] }
    },
  })
}

function outcomes(reads: Reads): Markup {
  const total = totalOf(reads)
  return markup`<table class="outcomes">
<thead class="hidden"><tr><th scope="col">Outcome</th><th scope="col">Reads</th><th scope="col">Share</th></tr></thead>
<tbody>${OUTCOMES.map(
    (outcome) =>
      markup`<tr title="${MEANINGS[outcome]}"><th scope="row">${swatch(outcome)}${outcome}</th><td>${countFigure(reads[outcome], 'reads')}</td><td>${share(reads[outcome], total)}</td></tr>
`,
  )}</tbody></table>`
}

function share(part: number, total: number): string {
  return part === 0 ? '' : `${percent(part / total)}${NARROW_SPACE}%`
}
