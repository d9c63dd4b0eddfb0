/** Panels of a Grafana dashboard, in the classic JSON model. */
import { colorByName, colors } from './colors.ts'

/** A query, and the name of its series: text with labels in double braces. */
export type Query = readonly [expression: string, legend: string]

export interface PanelOptions {
  title: string
  /** Text behind the panel's info sign: what is shown, and how to read it. */
  description: string
  /** Unit of Grafana, such as `reqps`, `s`, `bytes` or `percentunit`. */
  unit: string
  queries: readonly Query[]
  /** Columns of the 24 that a row has. Default: 8. */
  width?: number
  /** Values of a label in the legends that have a colour of their own. */
  names?: readonly string[]
  /** Puts the series on top of each other. Default: false. */
  stack?: boolean
  /** Largest value of the axis, where it is known, such as 1 for a share. */
  max?: number
  /** Values from which a line is orange and red; they show the thresholds of alerts. */
  thresholds?: Thresholds
}

export interface Thresholds {
  warning?: number
  critical?: number
}

/** A colour, and the value from which on it is used. Null: the smallest. */
interface Step {
  color: string
  value: number | null
}

/** A panel without its place. */
export interface Panel {
  readonly type: 'timeseries' | 'stat'
  readonly title: string
  readonly description: string
  readonly width: number
  readonly height: number
  readonly [property: string]: unknown
}

export interface Row {
  title: string
  panels: readonly Panel[]
}

export const datasource = { type: 'prometheus', uid: '$datasource' } as const

/** Lines over time. */
export function timeseries(options: PanelOptions): Panel {
  const { stack = false, max, thresholds, queries, unit, width = 8 } = options
  const isTall = queries.some(([, legend]) => legend.includes('{{route}}'))
  return {
    ...frame('timeseries', options, width, 8),
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        ...(max === undefined ? {} : { max }),
        noValue: 'none',
        color: { mode: 'palette-classic-by-name' },
        custom: {
          drawStyle: 'line',
          lineInterpolation: 'linear',
          lineWidth: 1,
          fillOpacity: stack ? 30 : 8,
          showPoints: 'never',
          spanNulls: false,
          stacking: { mode: stack ? 'normal' : 'none', group: 'A' },
          thresholdsStyle: { mode: thresholds === undefined ? 'off' : 'dashed' },
        },
        thresholds: { mode: 'absolute', steps: lineSteps(thresholds) },
      },
      overrides: overrides(queries, options.names),
    },
    options: {
      legend: {
        displayMode: isTall ? 'table' : 'list',
        placement: 'bottom',
        showLegend: true,
        calcs: isTall ? ['lastNotNull', 'max'] : [],
      },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  }
}

export interface StatOptions extends Omit<PanelOptions, 'stack' | 'max'> {
  /** Values below the thresholds are the bad ones. Default: false. */
  lowIsBad?: boolean
  /** Shows the name of the series instead of its value. Default: false. */
  showName?: boolean
}

/** A number, the latest. */
export function stat(options: StatOptions): Panel {
  const { thresholds, lowIsBad = false, showName = false, unit, width = 4 } = options
  return {
    ...frame('stat', options, width, 4),
    fieldConfig: {
      defaults: {
        unit,
        noValue: 'none',
        color: { mode: 'thresholds' },
        thresholds: { mode: 'absolute', steps: numberSteps(thresholds, lowIsBad) },
      },
      overrides: [],
    },
    options: {
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      colorMode: 'value',
      graphMode: showName ? 'none' : 'area',
      justifyMode: 'auto',
      orientation: 'auto',
      textMode: showName ? 'name' : options.queries.length > 1 ? 'value_and_name' : 'auto',
      wideLayout: true,
      showPercentChange: false,
      percentChangeColorMode: 'standard',
    },
  }
}

function frame(type: Panel['type'], options: PanelOptions, width: number, height: number): Panel {
  const { title, description, queries } = options
  return {
    type,
    title,
    description,
    width,
    height,
    datasource,
    targets: queries.map(([expr, legendFormat], i) => ({
      refId: String.fromCharCode(65 + i),
      datasource,
      expr,
      legendFormat,
      editorMode: 'code',
      range: true,
    })),
  }
}

/** Steps of a panel with lines: only the thresholds have colours. */
function lineSteps(thresholds: Thresholds = {}): Step[] {
  return [{ color: 'transparent', value: null }, ...rising(thresholds)]
}

/** Steps of a number: green where it is good, blue where nothing is known about it. */
function numberSteps(thresholds: Thresholds = {}, lowIsBad: boolean): Step[] {
  const { warning, critical } = thresholds
  if (warning === undefined && critical === undefined) return [{ color: colors.blue, value: null }]
  if (!lowIsBad) return [{ color: colors.green, value: null }, ...rising(thresholds)]
  return [
    { color: critical === undefined ? colors.orange : colors.red, value: null },
    ...(critical !== undefined && warning !== undefined ? [{ color: colors.orange, value: critical }] : []),
    { color: colors.green, value: warning ?? critical ?? null },
  ]
}

function rising({ warning, critical }: Thresholds): Step[] {
  return [
    ...(warning === undefined ? [] : [{ color: colors.orange, value: warning }]),
    ...(critical === undefined ? [] : [{ color: colors.red, value: critical }]),
  ]
}

/** Fixed colours: for series whose legend begins with a known name, and for the named values of a label. */
function overrides(queries: readonly Query[], names: readonly string[] = []) {
  const firstWords = queries.map(([, legend]) => legend.split(' ')[0] ?? '')
  return Object.entries(colorByName)
    .filter(([name]) => firstWords.includes(name) || names.includes(name))
    .map(([name, fixedColor]) => ({
      matcher: { id: 'byRegexp', options: `/^${name.replaceAll('.', '\\.')}( |$)/` },
      properties: [{ id: 'color', value: { mode: 'fixed', fixedColor } }],
    }))
}
