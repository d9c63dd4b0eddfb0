/** Timers: measure a duration for a histogram or a gauge, in the unit of the metric. */
import type { LabelSpecs, Labels } from '../series/labels.ts'
import type { SeriesFamily } from '../series/series.ts'
import type { ExemplarLabels } from './exemplar.ts'

/** Ends a timer, and returns the duration that it has stored. Each call stores the time since the start. */
export type EndTimer = () => number

/** As `EndTimer`, for a series of a histogram. The exemplar is that of `observe`. */
export type EndObservation = (exemplar?: ExemplarLabels) => number

/** As `EndTimer`, for a gauge with labels. Takes the labels that were not given at the start, or other values of them. */
export type EndLabelledTimer<L extends LabelSpecs> = (labels?: Partial<Labels<L>>) => number

/** As `EndLabelledTimer`, for a histogram. The exemplar is that of `observe`. */
export type EndLabelledObservation<L extends LabelSpecs> = (
  labels?: Partial<Labels<L>>,
  exemplar?: ExemplarLabels,
) => number

/** Number of these units in a millisecond. */
const perMs: ReadonlyMap<string, number> = new Map([
  ['seconds', 1e-3],
  ['nanoseconds', 1e6],
  ['microseconds', 1e3],
  ['milliseconds', 1],
  ['minutes', 1 / 60_000],
  ['hours', 1 / 3_600_000],
  ['days', 1 / 86_400_000],
])
const notTime: ReadonlySet<string> = new Set(['bytes', 'bits', 'ratio', 'percent', 'celsius', 'joules'])

/**
 * Returns a function that passes the time since this call to `store`, and returns it: in the unit of the metric if that
 * is a unit of time, otherwise in seconds. Reports an error, and stores nothing, if the unit is another one.
 */
export function startTimer<Given extends readonly unknown[]>(
  family: SeriesFamily,
  store: (value: number, ...given: Given) => void,
): (...given: Given) => number {
  const { name, unit: declared } = family.declaration
  const unit = declared ?? name.slice(name.lastIndexOf('_') + 1)
  const isTime = declared === undefined ? !notTime.has(unit) : perMs.has(unit)
  if (!isTime) {
    family.report(new TypeError(`${name}: startTimer is for metrics of time, and the unit is ${unit}`))
  }
  const { timer } = family.allocator
  const factor = perMs.get(unit) ?? 1e-3 // a name without a unit of time, such as job_duration
  const start = timer()
  return (...given) => {
    const value = (timer() - start) * factor
    if (isTime) store(value, ...given)
    return value
  }
}

/** Like `startTimer`, for a series that stores nothing. Returns seconds. */
export function startDiscardedTimer(): () => number {
  const start = performance.now()
  return () => (performance.now() - start) / 1000
}

/** Like `startTimer`, for a metric with labels. `store` gets the labels of the start and of the end together. */
export function startLabelledTimer<L extends LabelSpecs>(
  family: SeriesFamily,
  labels: Partial<Labels<L>> | undefined,
  store: (value: number, labels: Labels<L>, exemplar: ExemplarLabels | undefined) => void,
): EndLabelledObservation<L> {
  return startTimer(family, (value, more?: Partial<Labels<L>>, exemplar?: ExemplarLabels) => {
    let all: Labels<L>
    try {
      all = { ...labels, ...more } as Labels<L> // `with` checks that none is missing
    } catch (error) {
      family.report(error) // a property of the labels has thrown
      return
    }
    store(value, all, exemplar)
  })
}
