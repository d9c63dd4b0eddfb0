/** Opens the page of the service at `/`, with its files beside it. */
import type { Hono } from 'hono'
import type { Cache } from '../../cache/cache.ts'
import type { DashboardControl } from '../../dashboard/controls/control.ts'
import type { DashboardOptions } from '../../dashboard/dashboard-options.ts'
import type { Registry } from '../../metrics/index.ts'
import { loopbackAccess, tokenAccess } from '../access/dashboard-access.ts'
import { routesBehind } from '../access/routes-behind.ts'
import type { Config } from './config.ts'

export interface OpenDashboardOptions {
  config: Config
  registry: Registry
  cache: Cache
  /** The app whose URLs are purged. */
  fetch: Hono['fetch']
  /** Buttons of the page. Default: none. */
  controls?: readonly DashboardControl[] | undefined
  /** Makes the page. */
  page: MakePage
}

/** `dashboard`, or `dashboardWithoutFiles` where static assets serve the files. */
export type MakePage = (options: DashboardOptions) => Hono

/** Returns the routes of the page. It shows keys of entries only if reads are public, because the keys contain ids of users. */
export function openDashboard({
  config,
  registry,
  cache,
  fetch,
  controls,
  page,
}: OpenDashboardOptions): Hono {
  const { readToken, metricsToken, adminToken } = config
  // As for writes: both are open to this machine only while there is no token.
  const mayPurgeWithoutToken = adminToken === undefined && config.openWrites && config.dashboard === 'on'
  const tokens = [metricsToken, adminToken].filter((token) => token !== undefined)
  const app = page({
    registry,
    cache,
    title: 'hitrate',
    ...(controls && { controls }),
    showKeys: readToken === undefined,
    ...(adminToken !== undefined && { purge: { fetch, token: adminToken } }),
    ...(mayPurgeWithoutToken && { purge: { fetch } }),
  })
  return routesBehind(config.dashboard === 'token' ? tokenAccess(tokens) : loopbackAccess, app)
}
