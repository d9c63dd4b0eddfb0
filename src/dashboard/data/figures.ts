/** Makes the data of the page from one snapshot and the state of the caches. */
import type { Cache } from '../../cache/cache.ts'
import type { Snapshot } from '../../metrics/index.ts'
import { cacheFigures, cachesOf } from './cache-figures.ts'
import type { DashboardData } from './dashboard-data.ts'
import { buildOf, processFigures } from './process-figures.ts'
import { requestFigures, routeFigures } from './request-figures.ts'
import { SnapshotReader } from './snapshot-reader.ts'
import { topFigures } from './top-figures.ts'

/** The part of a cache that the page shows. */
export type ShownCache = Pick<Cache, 'name' | 'stats'>

export interface FiguresOptions {
  snapshot: Snapshot
  /** Caches of this thread. */
  caches: readonly ShownCache[]
  /** True if the page shows keys of entries. */
  showKeys: boolean
}

/** Entries in each of the lists of the hottest and the largest ones. */
const TOP = 10

/** Returns all parts of the data that come from the registry and the caches. */
export function figures({
  snapshot,
  caches,
  showKeys,
}: FiguresOptions): Omit<DashboardData, 'at' | 'title' | 'history' | 'purge'> {
  const reader = new SnapshotReader(snapshot)
  const build = buildOf(reader)
  const requests = requestFigures(reader)
  const requestsInFlight = reader.number('http_requests_in_flight')
  const process = processFigures(reader)
  return {
    ...(build && { build }),
    caches: allCaches(reader, caches, showKeys),
    routes: routeFigures(reader),
    ...(requests && { requests }),
    ...(requestsInFlight !== undefined && { requestsInFlight }),
    ...(process && { process }),
  }
}

function allCaches(reader: SnapshotReader, caches: readonly ShownCache[], showKeys: boolean) {
  // The registry replaces malformed UTF-16 in label values.
  const own = new Map(caches.map((cache) => [cache.name.toWellFormed(), cache]))
  const names = new Set([...own.keys(), ...cachesOf(reader)])
  return Array.from(names, (name) => {
    const stats = own.get(name)?.stats({ top: TOP })
    const shown = cacheFigures(reader, name, stats)
    return stats?.top === undefined ? shown : { ...shown, top: topFigures(stats.top, showKeys) }
  })
}
