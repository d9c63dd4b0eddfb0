/** The top of the page: title, state, links to the caches, and faults that need attention. */
import type { CacheFigures, DashboardData } from '../data/dashboard-data.ts'
import { badge } from './panels/state.ts'
import { period, timeOfDay } from './text/durations.ts'
import { type Markup, markup } from './text/markup.ts'
import { percent, plural } from './text/numbers.ts'
import { NARROW_SPACE, shortened } from './text/printable.ts'

/** Name of a cache in headings and links. */
export function nameOf({ name }: CacheFigures): string {
  return name === '' ? 'default' : shortened(name, 60)
}

export function pageHeader({ title, build, process, at }: DashboardData): Markup {
  return markup`<h1>${title}</h1>${build !== undefined && markup`<p class="build">${build.version} on ${build.runtime}</p>`}
<p class="clock">${process?.startedAt !== undefined && markup`up ${period(at - process.startedAt)}, `}<span class="nowrap">as of ${timeOfDay(at)} UTC</span></p>`
}

/** Links to the sections; empty with one cache. */
export function cacheLinks({ caches }: DashboardData): Markup {
  if (caches.length < 2) return markup``
  return markup`<ul>${caches.map(
    (cache, index) =>
      markup`<li><a href="#c${index}">${nameOf(cache)}${cache.hitRate !== undefined && markup` <span>${percent(cache.hitRate)}${NARROW_SPACE}%</span>`}</a></li>`,
  )}</ul>`
}

/** Faults, or nothing. */
export function attention({ caches }: DashboardData): Markup {
  const faults = caches.flatMap(faultsOf)
  if (faults.length === 0) return markup``
  return markup`<ul class="faults">${faults.map((fault) => markup`<li>${badge(false, fault)}</li>`)}</ul>`
}

function faultsOf(cache: CacheFigures): string[] {
  const { tiers, busUp, audits = {}, warnings = {} } = cache
  const different = audits.different ?? 0
  const warned = Object.values(warnings).reduce((sum, count) => sum + count, 0)
  return [
    ...tiers.flatMap(({ tier, isUp }) =>
      isUp === false
        ? [`The ${tier === 'remote' ? 'shared' : tier} tier is down: reads go on without it`]
        : [],
    ),
    ...(busUp === false ? ['Invalidations of other processes do not arrive'] : []),
    ...(different > 0
      ? [`${plural(different, 'audit')} found a stored response that differs from a new one`]
      : []),
    ...(warned > 0 ? [`${plural(warned, 'warning')} about routes: see the log`] : []),
  ].map((fault) => `${nameOf(cache)}: ${fault}`)
}
