/** The page with the figures of the caches, and its files. */
import type { Hono } from 'hono'
import { createDashboard } from './create-dashboard.ts'
import { type DashboardOptions, resolveDashboard } from './dashboard-options.ts'
import { dashboardCss, dashboardJs } from './files/written-files.ts'

/**
 * Creates a Hono app with the page, its data (`data.json`), its two files and, with the option `purge`, the endpoint `purge`. Mount it
 * below any path. It works without JavaScript, loads nothing from other origins, and has a strict Content-Security-Policy. It does not
 * check who asks for it: put that in front of it.
 *
 * With the default `history`, a timer takes a sample every 5 seconds. It keeps neither the process nor the app alive.
 *
 * @throws {TypeError} when an option is unknown, missing, or of the wrong type; {RangeError} when a number of `history` is out of range.
 * @example
 * app.route('/status', dashboard({ registry, cache }))
 */
export function dashboard(options: DashboardOptions): Hono {
  const contents = { css: dashboardCss, js: dashboardJs }
  return createDashboard(resolveDashboard('dashboard', options), { contents })
}
