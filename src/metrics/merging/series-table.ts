/** Aligns the series of one metric in several snapshots by their labels. */
import type { FamilySnapshot, Identity } from '../series/family.ts'
import { writeLabels } from '../series/labels.ts'
import { IdentityList, type Listed, type SeriesList, seriesList } from '../series/series-list.ts'

export class SeriesTable {
  /** The label names of all snapshots. A series without one of them has the value '', which Prometheus reads as no label. */
  readonly labelNames: readonly string[]
  readonly #identities: Identity[] = []
  /** Rows by the text of the labels. */
  readonly #rows = new Map<string, number>()

  constructor(families: readonly FamilySnapshot[]) {
    this.labelNames = [...new Set(families.flatMap(({ labelNames }) => labelNames))]
  }

  /** Returns the row of each series of the family. Series with new labels get the next rows. */
  rowsOf(family: Listed): number[] {
    const identityOf = this.#aligned(family)
    return Array.from({ length: family[seriesList].length }, (_, i) => {
      const identity = identityOf(i)
      const row = this.#rows.get(identity.text) ?? this.#identities.push(identity) - 1
      this.#rows.set(identity.text, row)
      return row
    })
  }

  /** Returns a function for the identity of a series, with the labels of this table in their order. */
  #aligned({ labelNames, [seriesList]: list }: Listed): (i: number) => Identity {
    const from = this.labelNames.map((name) => labelNames.indexOf(name))
    if (from.every((at, i) => at === i)) return (i) => ({ labels: list.labels(i), text: list.text(i) })
    return (i) => {
      const given = list.labels(i)
      const labels = from.map((at) => given[at] ?? '')
      return { labels, text: writeLabels(this.labelNames, labels) }
    }
  }

  /** All series so far. */
  get list(): SeriesList {
    return new IdentityList(this.#identities)
  }
}
