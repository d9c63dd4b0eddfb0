/** One or two values over time, as lines. */
import { timeOfDay } from '../text/durations.ts'
import { type Markup, markup } from '../text/markup.ts'
import { chartFrame } from './chart-frame.ts'
import { POINTS, READOUTS, ROWS } from './resolution.ts'
import { coordinate, runsOf, type Span, xOf, yOf } from './scale.ts'

export interface Line {
  readonly name: string
  /** Stroke of the line: solid or dashed, because colours alone do not distinguish two lines. */
  readonly look: 'plain' | 'dashed'
  /** Colour, as a class of the style sheet. */
  readonly color: string
  /** `undefined` is a gap. */
  readonly values: readonly (number | undefined)[]
}

export interface LineData {
  readonly intervals: readonly { readonly from: number; readonly to: number }[]
  readonly lines: readonly Line[]
}

export interface LineChart {
  readonly id: string
  readonly title: string
  /** Returns the lines with at most about this many intervals. */
  readonly dataOf: (maxIntervals: number) => LineData
  readonly span: Span
  /** In pixels. */
  readonly height: number
  readonly maxOf: (largest: number) => number
  readonly format: (value: number) => string
  /** Fills the area below the first line. */
  readonly isFilled?: boolean
}

export function lineChart(chart: LineChart): Markup {
  const { id, title, dataOf, span, height, maxOf, format } = chart
  const shown = dataOf(POINTS)
  const values = shown.lines.flatMap((line) => line.values.filter((value) => value !== undefined))
  const max = maxOf(Math.max(0, ...values))
  const scale = { span, max, height }
  const readouts = dataOf(READOUTS)
  const rows = dataOf(ROWS)
  return chartFrame({
    id,
    title,
    description:
      values.length === 0 ? 'No figures yet.' : `Newest: ${textsAt(shown, -1, format).join(', ')}.`,
    height,
    span,
    ticks: [format(max), format(max / 2), format(0)],
    drawing: markup`${shown.lines.map((line, index) => pathOf(line, shown, scale, chart.isFilled === true && index === 0))}`,
    readouts: readouts.intervals.map(({ from, to }, index) => ({
      from,
      to,
      lines: textsAt(readouts, index, format),
    })),
    table: {
      columns: ['until (UTC)', ...rows.lines.map(({ name }) => name)],
      rows: rows.intervals
        .map(({ to }, index) => [
          timeOfDay(to),
          ...rows.lines.map(({ values }) => textOf(values[index], format)),
        ])
        .toReversed(),
    },
  })
}

interface Scale {
  readonly span: Span
  readonly max: number
  readonly height: number
}

function pathOf(
  line: Line,
  { intervals }: LineData,
  { span, max, height }: Scale,
  isFilled: boolean,
): Markup {
  const points = intervals.map(({ from, to }, index) => ({ from, to, value: line.values[index] }))
  const inView = points.filter(({ to }) => to > span.from)
  const runs = runsOf(inView, ({ value }) => value !== undefined).map((run) => {
    const y = (value = 0) => coordinate(yOf(value, max, height))
    const start = `M${coordinate(xOf(run[0]?.from ?? 0, span))} ${y(run[0]?.value)}`
    const d = start + run.map(({ to, value }) => `L${coordinate(xOf(to, span))} ${y(value)}`).join('')
    const area = `${d}V${height}H${coordinate(xOf(run[0]?.from ?? 0, span))}Z`
    return { d, area }
  })
  const stroke = markup`<path class="line ${line.look} ${line.color}" d="${runs.map(({ d }) => d).join('')}"/>`
  if (!isFilled) return stroke
  return markup`<path class="fill ${line.color}" d="${runs.map(({ area }) => area).join('')}"/>${stroke}`
}

function textsAt({ lines }: LineData, index: number, format: (value: number) => string): string[] {
  return lines.map(({ name, values }) => `${name} ${textOf(values.at(index), format)}`)
}

function textOf(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? '–' : format(value)
}
