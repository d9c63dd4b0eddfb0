/** The files of deploy/grafana/. */
import { cacheDashboard } from './cache-dashboard.ts'
import { serviceDashboard } from './service-dashboard.ts'

/** Content of each file. */
export const dashboardFiles: Readonly<Record<string, string>> = {
  'cache.json': json(cacheDashboard()),
  'service.json': json(serviceDashboard()),
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
