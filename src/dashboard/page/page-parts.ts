/** The parts of the page that change with its data, which the server and the script make alike. */
import type { CacheFigures, DashboardData } from '../data/dashboard-data.ts'
import { spanOf } from './charts/scale.ts'
import { attention, cacheLinks, nameOf, pageHeader } from './page-header.ts'
import type { PageLinks } from './page-links.ts'
import { activityPanel } from './panels/activity.ts'
import { controlsPanel } from './panels/control-buttons.ts'
import { entriesPanels } from './panels/entries.ts'
import { hitRatePanel } from './panels/hit-rate.ts'
import { latencyPanel } from './panels/latency.ts'
import { memoryPanel } from './panels/memory.ts'
import { predictedPanel } from './panels/predicted.ts'
import { processPanel } from './panels/process.ts'
import { purgePanel } from './panels/purge-form.ts'
import { readsPanel } from './panels/reads-over-time.ts'
import { routesPanel } from './panels/routes.ts'
import { type Markup, markup } from './text/markup.ts'

/** Markup of each part, by the id of the element that contains it. */
export interface PageParts {
  readonly top: Markup
  readonly links: Markup
  readonly attention: Markup
  readonly caches: Markup
  readonly process: Markup
}

export function pageParts(data: DashboardData, links: PageLinks): PageParts {
  return {
    top: pageHeader(data),
    links: cacheLinks(data),
    attention: markup`${attention(data)}${controlsPanel(data, links.control)}`,
    caches: markup`${data.caches.map((cache, index) => cacheSection(cache, index, data, links))}`,
    process: markup`<h2 class="hidden">Application</h2>
${routesPanel(data)}${processPanel(data)}${purgePanel(data, links.purge)}`,
  }
}

function cacheSection(cache: CacheFigures, index: number, data: DashboardData, links: PageLinks): Markup {
  const { history, at, caches } = data
  const id = `c${index}`
  const overTime = {
    history,
    span: spanOf(history.samples, at),
    ...(links.example !== undefined && { example: links.example }),
  }
  return markup`<section class="cache" id="${id}" aria-labelledby="${id}-h">
<h2 id="${id}-h"${caches.length < 2 && markup` class="hidden"`}>Cache ${nameOf(cache)}</h2>
<div class="grid">
${hitRatePanel(`${id}-rate`, cache, overTime)}${readsPanel(`${id}-reads`, cache, overTime)}${memoryPanel(`${id}-memory`, cache, overTime)}${latencyPanel(`${id}-latency`, cache, overTime)}${predictedPanel(`${id}-predicted`, cache)}${entriesPanels(`${id}-top`, cache)}${activityPanel(`${id}-activity`, cache)}</div>
</section>
`
}
