/** Gauges that every thread computes for itself and stores in its cells, so that scrapes in other threads show them. */
import { type Combination, labelsOf } from '../series/declaration.ts'
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
   * `threads: 'latest'` it keeps the value. If several series share the value `other` of an open label, their values
   * are combined like those of threads. If all labels are closed, every series is shown from the start.
   */
  readonly values: () => Iterable<readonly [Labels<NoInfer<L>>, number]>
  readonly threads: Combination
}

/** A gauge, and its series that this thread has computed. */
type Computed = {
  readonly name: string
  readonly series: Set<GaugeSeries>
  readonly compute: () => ReadonlyMap<GaugeSeries, number>
}

export class PerThreadGauges {
  readonly #gauges: Computed[] = []
  readonly #onError: (error: unknown, metric: string) => void

  constructor(onError: (error: unknown, metric: string) => void) {
    this.#onError = onError
  }

  add(gauge: GaugeSeries, value: () => unknown): void {
    const { name } = gauge.family.head
    function compute(): ReadonlyMap<GaugeSeries, number> {
      const computed = value()
      checkNumber(name, computed)
      return new Map([[gauge, computed]])
    }

    this.#gauges.push({ name, series: new Set([gauge]), compute })
  }

  addLabelled(
    family: StoredFamily<GaugeSeries>,
    values: () => Iterable<readonly [Labels<LabelSpecs>, unknown]>,
  ): void {
    const { name } = family.head
    const labels = labelsOf(family.declaration)
    const combine = combinations[family.declaration.threads ?? 'sum']
    const series = new Set<GaugeSeries>()
    function compute(): ReadonlyMap<GaugeSeries, number> {
      const computed = new Map<GaugeSeries, number>()
      for (const [given, value] of values()) {
        checkNumber(name, value)
        const gauge = family.bind(given)
        series.add(gauge)
        const earlier = computed.get(gauge)
        if (earlier !== undefined && !isOverflow(labels, gauge.series)) {
          throw new Error(`${name}: values returned ${name}{${gauge.series.text}} twice`)
        }
        computed.set(gauge, earlier === undefined ? value : combine(earlier, value))
      }
      return computed
    }

    this.#gauges.push({ name, series, compute })
  }

  /** Calls all callbacks and stores their results. Stores NaN if a callback throws or does not return a number. */
  publish(): void {
    for (const { name, series, compute } of this.#gauges) {
      try {
        const computed = compute()
        for (const gauge of series) {
          const value = computed.get(gauge)
          if (value === undefined) gauge.clear()
          else gauge.set(value)
        }
      } catch (error) {
        for (const gauge of series) gauge.set(Number.NaN)
        this.#onError(error, name)
      }
    }
  }
}

const combinations: Record<Combination, (earlier: number, later: number) => number> = {
  sum: (earlier, later) => earlier + later,
  max: Math.max,
  latest: (_earlier, later) => later,
}
