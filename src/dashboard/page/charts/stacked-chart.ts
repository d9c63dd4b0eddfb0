/** Reads per second over time, stacked by outcome. */
import type { History, Outcome } from '../../data/dashboard-data.ts'
import { timeOfDay } from '../text/durations.ts'
import { type Markup, markup } from '../text/markup.ts'
import { rate, tick } from '../text/numbers.ts'
import { chartFrame, type Readout, type Table } from './chart-frame.ts'
import { type Interval, intervalsOf, OUTCOMES, totalOf } from './intervals.ts'
import { POINTS, READOUTS, ROWS } from './resolution.ts'
import { coordinate, niceMax, runsOf, type Span, xOf, yOf } from './scale.ts'

export interface StackedChart {
  readonly id: string
  readonly history: History
  readonly cache: string
  readonly span: Span
  /** In pixels. */
  readonly height: number
}

export function stackedChart({ id, history, cache, span, height }: StackedChart): Markup {
  const intervals = intervalsOf(history, cache, POINTS).filter(({ to }) => to > span.from)
  const max = niceMax(Math.max(0, ...intervals.map((one) => perSecond(one, OUTCOMES))))
  const newest = intervals.at(-1)
  return chartFrame({
    id,
    title: 'Reads per second by outcome',
    description: newest === undefined ? 'No figures yet.' : `Newest: ${lines(newest).join(', ')}.`,
    height,
    span,
    ticks: [tick(max), tick(max / 2), '0'],
    drawing: markup`${OUTCOMES.map((outcome) => layer(outcome, intervals, { span, max, height }))}`,
    readouts: intervalsOf(history, cache, READOUTS).map(readout),
    table: tableOf(intervalsOf(history, cache, ROWS)),
  })
}

interface Scale {
  readonly span: Span
  readonly max: number
  readonly height: number
}

function layer(outcome: Outcome, intervals: readonly Interval[], { span, max, height }: Scale): Markup {
  if (intervals.every(({ reads }) => (reads?.[outcome] ?? 0) === 0)) return markup``
  const below = OUTCOMES.slice(0, OUTCOMES.indexOf(outcome))
  const edge = (run: readonly Interval[], outcomes: readonly Outcome[]) =>
    run.flatMap((one, index) => {
      const y = coordinate(yOf(perSecond(one, outcomes), max, height))
      const end = `${coordinate(xOf(one.to, span))} ${y}`
      return index === 0 ? [`${coordinate(xOf(one.from, span))} ${y}`, end] : [end]
    })
  const areas = runsOf(intervals, ({ reads }) => reads !== undefined).map(
    (run) => `M${edge(run, [...below, outcome]).join('L')}L${edge(run, below).toReversed().join('L')}Z`,
  )
  return markup`<path class="layer" fill="url(#p-${outcome})" d="${areas.join('')}"/>`
}

function perSecond({ reads, from, to }: Interval, outcomes: readonly Outcome[]): number {
  if (reads === undefined) return 0
  return outcomes.reduce((sum, outcome) => sum + reads[outcome], 0) / ((to - from) / 1000)
}

function lines(interval: Interval): string[] {
  const { reads } = interval
  if (reads === undefined) return ['no figures: the process started']
  const shown = OUTCOMES.filter((outcome) => reads[outcome] > 0)
  if (shown.length === 0) return ['no reads']
  return shown.map((outcome) => `${outcome} ${rate(perSecond(interval, [outcome]))} per s`)
}

function readout(interval: Interval): Readout {
  return { from: interval.from, to: interval.to, lines: lines(interval) }
}

function tableOf(intervals: readonly Interval[]): Table {
  return {
    columns: ['until (UTC)', ...OUTCOMES, 'reads per s'],
    rows: intervals.toReversed().map((interval) => {
      const { reads, to } = interval
      const rates = OUTCOMES.map((outcome) => (reads ? rate(perSecond(interval, [outcome])) : '–'))
      return [
        timeOfDay(to),
        ...rates,
        reads && totalOf(reads) > 0 ? rate(perSecond(interval, OUTCOMES)) : '–',
      ]
    }),
  }
}
