/**
 * The series of a family snapshot as the renderers read them: texts and labels by index. `series`, the public form, has
 * an object for each series and is made only when it is read.
 */
import type { Exemplar, FamilySnapshot, HistogramSnapshot, Identity } from './family.ts'
import { numberFromJson, numberToJson } from './json-number.ts'
import { sampleStart } from './labels.ts'

export type SeriesList = {
  readonly length: number
  /** The `text` of the identity at this index. */
  text(i: number): string
  /** The beginning of the series' line in the text formats, for a metric of this name. */
  start(name: string, i: number): string
  /** The `labels` of the identity at this index. */
  labels(i: number): readonly string[]
}

/** Property of a family snapshot that holds its `SeriesList`. It is not enumerable, so a clone and a copy do not have it. */
export const seriesList: unique symbol = Symbol('seriesList')

/** A family snapshot with its list. */
export type Listed<F = FamilySnapshot> = F & { readonly [seriesList]: SeriesList }

/** An identity, perhaps with the result of `sampleStart`. */
type ListedIdentity = Identity & { readonly start?: string }

/** The list of series that exist as objects. */
export class IdentityList implements SeriesList {
  readonly #series: readonly ListedIdentity[]

  /** @param series must not change afterwards */
  constructor(series: readonly ListedIdentity[]) {
    this.#series = series
  }

  get length(): number {
    return this.#series.length
  }

  text(i: number): string {
    return this.#series[i]?.text ?? ''
  }

  start(name: string, i: number): string {
    const one = this.#series[i]
    return one?.start ?? sampleStart(name, one?.text ?? '')
  }

  labels(i: number): readonly string[] {
    return this.#series[i]?.labels ?? []
  }
}

/**
 * Returns a family snapshot with these fields and `series`, an own enumerable property whose objects are made when it
 * is first read, for example by `structuredClone`, `JSON.stringify` or a spread.
 */
export function withSeries<F extends object>(
  fields: F,
  list: SeriesList,
): Listed<F & { readonly series: readonly Identity[] }> {
  let series: readonly Identity[] | undefined
  const properties = {
    series: { enumerable: true, get: () => (series ??= identities(list)) },
    [seriesList]: { value: list },
    toJSON: { value: toJson },
  }
  // The cast is needed, because TypeScript does not derive a type from property descriptors.
  return Object.defineProperties({ ...fields }, properties) as Listed<
    F & { readonly series: readonly Identity[] }
  >
}

/** Called by `JSON.stringify` on a family snapshot. */
function toJson(this: FamilySnapshot): object {
  return this.type === 'gauge' ? { ...this, values: this.values.map(numberToJson) } : this
}

function identities(list: SeriesList): Identity[] {
  return Array.from({ length: list.length }, (_, i) => ({ labels: list.labels(i), text: list.text(i) }))
}

/**
 * Returns the family with its list. A family that was cloned or sent as JSON has none, and gets one for its `series`;
 * what JSON has changed is restored.
 */
export function listed(family: FamilySnapshot): Listed {
  if (seriesList in family) return family as Listed // the line above has checked it
  const list = new IdentityList(family.series)
  if (family.type === 'histogram') return withSeries(restoredHistogram(family), list)
  const { values, exemplars } = family
  return withSeries(
    {
      ...family,
      values: values.map(numberFromJson),
      ...(exemplars ? { exemplars: exemplars.map(restoredExemplar) } : {}),
    },
    list,
  )
}

function restoredHistogram(family: HistogramSnapshot): HistogramSnapshot {
  const { exemplars } = family
  if (!exemplars) return family
  return { ...family, exemplars: exemplars.map((one) => one?.map(restoredExemplar)) }
}

/** JSON turns the missing exemplars of a list into null. */
function restoredExemplar(exemplar: Exemplar | null | undefined): Exemplar | undefined {
  return exemplar ?? undefined
}
