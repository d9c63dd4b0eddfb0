/** The routes of the dashboard. */
import { type Context, Hono } from 'hono'
import { collectFrom } from '../metrics/merging/snapshot-source.ts'
import { ControlButtons } from './controls/control-buttons.ts'
import type { ResolvedDashboard } from './dashboard-options.ts'
import type { DashboardData } from './data/dashboard-data.ts'
import { figures } from './data/figures.ts'
import { HistoryRing } from './data/history-ring.ts'
import { renderPage } from './page/render-page.ts'
import { purgeEndpoint } from './purge/purge-endpoint.ts'
import { compressed } from './serving/compressed.ts'
import { linksFrom } from './serving/links-from.ts'
import { PAGE_HEADERS } from './serving/page-headers.ts'
import { type DashboardFiles, serveFile, versionedUrls } from './serving/served-files.ts'
import { startSampling } from './start-sampling.ts'

/** Time that values with promises have. The page shows the others without them. */
const DEADLINE_MS = 1000

/** @param files the files of the page, or their URLs. */
export function createDashboard(options: ResolvedDashboard, files: DashboardFiles): Hono {
  const { registry, caches, purge, title, showKeys, controls, now } = options
  const buttons = controls.length > 0 ? new ControlButtons(controls) : undefined
  const history = options.history && new HistoryRing(options.history.everyMs, options.history.samples)
  if (history) startSampling(history, { registry, now, schedule: options.history?.schedule })

  /** @param after only samples that are newer than this time, epoch ms. */
  async function dataNow(after?: number): Promise<DashboardData> {
    const snapshot = await collectFrom(registry, DEADLINE_MS)
    const at = now()
    if (history?.isDue(at)) history.add(snapshot, at)
    return {
      at,
      title,
      ...figures({ snapshot, caches, showKeys }),
      history: history?.since(after) ?? { everyMs: 0, samples: [] },
      ...(buttons && { controls: buttons.states() }),
      ...(purge && { purge: { needsToken: purge.token !== undefined } }),
    }
  }

  async function page(c: Context): Promise<Response> {
    const links = linksFrom(c.req.url, await versionedUrls(files))
    return compressed(c, renderPage(await dataNow(), links), {
      ...PAGE_HEADERS,
      'content-type': 'text/html; charset=utf-8',
    })
  }

  const routes = new Hono()
  routes.get('/', page)
  routes.get('/:slash{$}', page) // the URL of the mounted app with a slash at its end
  routes.get('/data.json', async function data(c) {
    const since = Number(c.req.query('since') ?? Number.NaN)
    const text = JSON.stringify(await dataNow(Number.isFinite(since) ? since : undefined))
    return compressed(c, text, { ...PAGE_HEADERS, 'content-type': 'application/json' })
  })
  if (files.contents) {
    const { css, js } = files.contents
    routes.get('/dashboard.css', (c) => serveFile(c, css, 'text/css; charset=utf-8'))
    routes.get('/dashboard.js', (c) => serveFile(c, js, 'text/javascript; charset=utf-8'))
  }
  if (buttons) routes.post('/control', buttons.press)
  if (purge) routes.post('/purge', ...purgeEndpoint(purge, caches, files))
  return routes
}
