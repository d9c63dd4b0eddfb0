/** The hottest and the largest entries, with or without their keys. */
import type { TopEntry as StoredEntry, TopEntries } from '../../cache/tiers/top-entries.ts'
import type { TopEntry, TopFigures } from './dashboard-data.ts'

/** @param showKeys false removes the keys: they may contain personal data. */
export function topFigures({ hottest, largest, examined }: TopEntries, showKeys: boolean): TopFigures {
  const shown = ({ key, freshForMs, ...entry }: StoredEntry): TopEntry => ({
    ...(showKeys && { key }),
    ...entry,
    ...(Number.isFinite(freshForMs) && { freshForMs }),
  })
  return { hottest: hottest.map(shown), largest: largest.map(shown), examined }
}
