/**
 * Infos: constant facts as labels. OpenMetrics shows an info with the type `info`, the other formats as a gauge with
 * the value 1.
 */
import { addSmall, integerCellLength, read } from '../memory/cells.ts'
import type { ScalarSnapshot } from '../series/family.ts'
import type { LabelSpecs } from '../series/labels.ts'
import { eachCells } from '../series/read-cells.ts'
import { Series } from '../series/series.ts'
import { IdentityList, withSeries } from '../series/series-list.ts'
import type { Kind, StoredFamily } from '../series/stored-family.ts'

/** Labels of an info. A string declares a label that has only that value. */
export type InfoSpecs = Readonly<Record<string, string | LabelSpecs[string]>>

/** The label values that select one series. Labels that were declared as a string are omitted. */
export type InfoLabels<L extends InfoSpecs> = {
  readonly [Name in keyof L as L[Name] extends string
    ? never
    : Name]: L[Name] extends readonly (infer Value extends string)[] ? Value : string
}

/** An info. It is shown from the start if each of its labels has one value. */
export type Info<L extends InfoSpecs> = {
  /**
   * Shows the series with these label values. If a label is missing or unknown, its value is not a string or not among
   * the declared values, or shared memory has no room for a new series, that is reported to `onError`, and nothing is
   * shown.
   */
  with(labels: InfoLabels<L>): void

  /**
   * Removes the series with these label values, in all threads, until `with` is called again. Returns false if there is no
   * such series. Labels that `with` rejects are reported, and nothing is removed.
   */
  remove(labels: InfoLabels<L>): boolean
}

/** The operations of infos on their cells. A series is shown if its count is above 0. */
export function infoKind(family: StoredFamily<InfoSeries>): Kind<InfoSeries> {
  return {
    length: integerCellLength,
    create: (text, ordinal) => new InfoSeries(family, text, ordinal),
    merge: (from, to) => addSmall(to.ints, to.at, read(from.ints, from.at)),
    inherit: () => {},
    partLength: () => 0,
    mergePart: () => {},
    clearPart: () => {},
    sample(): ScalarSnapshot {
      const isShown = new Uint8Array(family.series.length)
      eachCells(family, (ordinal, ints, at) => {
        if (read(ints, at) > 0) isShown[ordinal] = 1
      })
      const series = family.series.filter((_, i) => isShown[i])
      const fields = { type: 'info', ...family.head, values: series.map(() => 1) } as const
      return withSeries(fields, new IdentityList(series))
    },
  }
}

export class InfoSeries extends Series {
  show(): void {
    if (read(this.ints, this.at) === 0) addSmall(this.ints, this.at, 1)
  }
}

/** Result of `registry.info`. */
export class BindableInfo<L extends InfoSpecs> implements Info<L> {
  readonly #family: StoredFamily<InfoSeries>
  readonly #constant: Readonly<Record<string, string>>

  /** @param constant values of the labels that were declared as a string */
  constructor(family: StoredFamily<InfoSeries>, constant: Readonly<Record<string, string>>) {
    this.#family = family
    this.#constant = constant
  }

  with(labels: InfoLabels<L>): void {
    try {
      this.#family.bind({ ...this.#constant, ...labels }).show()
    } catch (error) {
      this.#family.report(error)
    }
  }

  remove(labels: InfoLabels<L>): boolean {
    return this.#family.remove({ ...this.#constant, ...labels })
  }
}
