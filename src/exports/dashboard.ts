/** The public names of `hitrate/dashboard`: the page with the figures of the caches. */
export { dashboard } from '../dashboard/dashboard.ts'
export type { DashboardOptions, DashboardPurge, HistoryOptions } from '../dashboard/dashboard-options.ts'
export { dashboardWithoutFiles, type FileUrls } from '../dashboard/dashboard-without-files.ts'
export type {
  CacheFigures,
  CacheSample,
  DashboardData,
  History,
  HistorySample,
  ProcessFigures,
  Quantiles,
  Reads,
  RequestFigures,
  RouteFigures,
  TierFigures,
  TopFigures,
} from '../dashboard/data/dashboard-data.ts'
