/** Infos: constant facts as labels. Shown as a gauge with the value 1, or with the OpenMetrics type `info`. */
import { addSmall, integerCellLength, read } from '../memory/cells.ts'
import type { ScalarSnapshot } from '../series/family.ts'
import type { LabelSpecs } from '../series/labels.ts'
import type { Series } from '../series/series.ts'
import type { Kind, StoredFamily } from '../series/stored-family.ts'

/** The labels of an info; a string is a label with that one value. */
export type InfoSpecs = Readonly<Record<string, string | LabelSpecs[string]>>

/** The label values that select one series, without labels that have only one value. */
export type InfoLabels<L extends InfoSpecs> = {
  readonly [Name in keyof L as L[Name] extends string
    ? never
    : Name]: L[Name] extends readonly (infer Value extends string)[] ? Value : string
}

/** An info. It is shown from the start if each of its labels has one value. */
export type Info<L extends InfoSpecs> = {
  /**
   * Shows the series with these label values.
   * @throws when a label is missing, unknown, not a string, or outside its closed set
   */
  with(labels: InfoLabels<L>): void
}

/** The operations of infos on their cells: a series with a count above 0 is shown. */
export function infoKind(family: StoredFamily<InfoSeries>): Kind<InfoSeries> {
  function isShown(series: Series): boolean {
    for (const { ints, at } of series.cells()) if (read(ints, at) > 0) return true
    return false
  }

  return {
    length: integerCellLength,
    handle: (series) => new InfoSeries(series),
    merge: (from, to) => addSmall(to.ints, to.at, read(from.ints, from.at)),
    inherit: () => {},
    partLength: () => 0,
    mergePart: () => {},
    sample(): ScalarSnapshot {
      const series = family.series.filter(isShown)
      return { type: 'info', ...family.head, series, values: new Float64Array(series.length).fill(1) }
    },
  }
}

export class InfoSeries {
  readonly series: Series

  constructor(series: Series) {
    this.series = series
  }

  show(): void {
    const { ints, at } = this.series
    if (read(ints, at) === 0) addSmall(ints, at, 1)
  }
}

/** The result of `registry.info`. */
export class BindableInfo<L extends InfoSpecs> implements Info<L> {
  readonly #family: StoredFamily<InfoSeries>
  readonly #constant: Readonly<Record<string, string>>

  /** @param constant the labels with one value */
  constructor(family: StoredFamily<InfoSeries>, constant: Readonly<Record<string, string>>) {
    this.#family = family
    this.#constant = constant
  }

  with(labels: InfoLabels<L>): void {
    this.#family.bind({ ...this.#constant, ...labels }).show()
  }
}
