/** The page for runtimes that serve its files as static assets, so that the program need not contain them. */
import type { Hono } from 'hono'
import { aString, type OptionRules, requireOptions, validateOptions } from '../options.ts'
import { createDashboard } from './create-dashboard.ts'
import { type DashboardOptions, resolveDashboard } from './dashboard-options.ts'

/** URLs of the page's files, relative to the page with a slash at its end, or absolute; from the same origin. */
export interface FileUrls {
  css: string
  js: string
}

/**
 * As `dashboard`, without the files `dashboard.css` and `dashboard.js`. A bundler leaves them out of the program.
 *
 * @param urls URLs of the files. Default: below the page, under their names.
 * @throws as `dashboard`.
 */
export function dashboardWithoutFiles(options: DashboardOptions, urls: FileUrls = NAMES): Hono {
  const subject = 'dashboardWithoutFiles'
  validateOptions(`${subject}: urls`, urls, rules)
  requireOptions(`${subject}: urls`, urls, rules, ['css', 'js'])
  return createDashboard(resolveDashboard(subject, options), { urls })
}

const NAMES: FileUrls = { css: 'dashboard.css', js: 'dashboard.js' }
const rules: OptionRules<FileUrls> = { css: aString, js: aString }
