/** Gauges that every thread computes for itself and stores in its cells, so that scrapes in other threads show them. */

import { type Combination, labelsOf } from '../series/declaration.ts'
import type { ReportError } from '../series/error-reports.ts'
import type { LabelSpecs, Labels } from '../series/labels.ts'
import type { StoredFamily } from '../series/stored-family.ts'
import { checkNumber, isOverflow } from './computed.ts'
import type { GaugeSeries } from './gauge.ts'

/** Options of a gauge that every thread computes for itself, at each scrape that it serves and at each `publish()`. */
export type PerThread = { readonly value: () => number; readonly threads: Combination }

/** As `PerThread`, for a gauge with labels. */
export type PerThreadValues<L extends LabelSpecs> = {
  readonly labels: L
  /**
   * Returns the series of this thread. A series that is no longer returned stays, without the value of this thread; with
   * `threads: 'latest'` it keeps the value. As in `Values`, the values of series that share `other` are added up. If all
   * labels are closed, every series is shown from the start.
   */
  readonly values: () => Iterable<readonly [Labels<NoInfer<L>>, number]>
  readonly threads: Combination
}

/** The result of a callback: the series by their labels. A gauge without labels has one series, without labels. */
type Returned = Iterable<readonly [labels: Labels<LabelSpecs> | undefined, value: unknown]>

export class PerThreadGauges {
  readonly #publishers: (() => void)[] = []
  readonly #report: ReportError

  constructor(report: ReportError) {
    this.#report = report
  }

  add(family: StoredFamily<GaugeSeries>, values: () => Returned): void {
    const { name } = family.head
    const labels = labelsOf(family.declaration)
    // All series that this thread has computed so far.
    const series = new Set(labels.length === 0 ? [family.only] : [])

    function compute(): ReadonlyMap<GaugeSeries, number> {
      const computed = new Map<GaugeSeries, number>()
      for (const [given, value] of values()) {
        checkNumber(name, value)
        const gauge = given === undefined ? family.only : family.bind(given)
        series.add(gauge)
        const earlier = computed.get(gauge)
        if (earlier !== undefined && !isOverflow(labels, gauge)) {
          throw new Error(`${name}: values returned ${name}{${gauge.text}} twice`)
        }
        computed.set(gauge, value + (earlier ?? 0))
      }
      return computed
    }

    this.#publishers.push(() => {
      try {
        const computed = compute()
        for (const gauge of series) {
          const value = computed.get(gauge)
          if (value === undefined) gauge.clear()
          else gauge.set(value)
        }
      } catch (error) {
        for (const gauge of series) gauge.set(Number.NaN)
        this.#report(error, name)
      }
    })
  }

  /** Calls all callbacks and stores their results. Stores NaN if a callback throws or does not return a number. */
  publish(): void {
    for (const publish of this.#publishers) publish()
  }
}
