/** The figures of HTTP requests: of all, and by method and route. */
import type { RequestFigures, RouteFigures } from './dashboard-data.ts'
import { type Buckets, quantilesOf } from './quantiles.ts'
import type { SnapshotReader } from './snapshot-reader.ts'

const DURATIONS = 'http_request_duration_seconds'

/** Most rows of the table of routes. */
const MAX_ROUTES = 20

interface Requests {
  readonly all: Buckets
  readonly failed: number
}

/** Returns the figures of all requests; `undefined` if the registry does not count them. */
export function requestFigures(reader: SnapshotReader): RequestFigures | undefined {
  const all = requestBuckets(reader)
  return all && figuresOf({ all, failed: failedIn(reader.bucketsBy(DURATIONS, ['status'])) })
}

/** The durations of all requests. */
export function requestBuckets(reader: SnapshotReader): Buckets | undefined {
  return reader.buckets(DURATIONS)
}

/** Returns the routes with the most requests, the first with the most. */
export function routeFigures(reader: SnapshotReader): RouteFigures[] {
  const byStatus = Map.groupBy(reader.bucketsBy(DURATIONS, ['method', 'route', 'status']), ({ labels }) =>
    labels.slice(0, 2).join('\0'),
  )
  return reader
    .bucketsBy(DURATIONS, ['method', 'route'])
    .map(({ labels: [method = '', route = ''], value: all }) => {
      const rows = byStatus.get(`${method}\0${route}`) ?? []
      const failed = failedIn(rows.map(({ labels, value }) => ({ labels: labels.slice(2), value })))
      return { method, route, ...figuresOf({ all, failed }) }
    })
    .filter(({ requests }) => requests > 0)
    .sort((a, b) => b.requests - a.requests)
    .slice(0, MAX_ROUTES)
}

function figuresOf({ all, failed }: Requests): RequestFigures {
  const latency = quantilesOf(all)
  return { requests: latency?.count ?? 0, errors: failed, ...(latency && { latency }) }
}

/** @param rows the first label is the status. */
function failedIn(rows: readonly { readonly labels: readonly string[]; readonly value: Buckets }[]): number {
  return rows
    .filter(({ labels: [status] }) => /^5\d\d$/.test(status ?? ''))
    .reduce((sum, { value }) => sum + (quantilesOf(value)?.count ?? 0), 0)
}
