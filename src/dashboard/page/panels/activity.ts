/** The tiers of a cache and what happened to its entries: loads, invalidations, audits, warnings. */
import type { CacheFigures, TierFigures } from '../../data/dashboard-data.ts'
import { countFigure } from '../text/figure.ts'
import { type Markup, markup, type Part } from '../text/markup.ts'
import { panel } from './panel.ts'
import { badge } from './state.ts'

type Counts = Readonly<Record<string, number>>

export function activityPanel(id: string, cache: CacheFigures): Markup {
  const { loads, invalidations, audits, warnings } = cache
  return panel({
    id,
    title: 'Tiers and events',
    hint: 'cache_tier_up, cache_tier_operations_total, cache_loads_total, cache_invalidations_total, cache_audit_total, cache_warnings_total.',
    kind: 'activity',
    body: markup`<div class="scroll"><table class="events"><tbody>
${cache.tiers.map(tier)}${bus(cache.busUp)}
${group('Loads', loads && { ok: loads.ok, failed: loads.error }, ['failed'])}
${group('Invalidations', invalidations)}
${group('Audits', audits, ['different', 'failed'])}
${group('Warnings', occurred(warnings), Object.keys(warnings ?? {}))}
</tbody></table></div>`,
  })
}

function tier({ tier: name, isUp, operations, errors = 0 }: TierFigures): Markup {
  return markup`<tr><th scope="row">${TIERS[name] ?? name}</th><td>${isUp !== undefined && badge(isUp, isUp ? 'up' : 'breaker open')} ${
    operations !== undefined &&
    markup`<span class="event">operations ${countFigure(operations, 'operations')}</span>`
  }${errors > 0 && markup` <span class="event bad">failed ${countFigure(errors, 'operations that failed')}</span>`}</td></tr>
`
}

const TIERS: Readonly<Record<string, string>> = { memory: 'Memory tier', remote: 'Shared tier' }

function bus(isUp: boolean | undefined): Markup | undefined {
  if (isUp === undefined) return undefined
  return markup`<tr><th scope="row">Messages</th><td>${badge(isUp, isUp ? 'up' : 'not connected')} <span class="event">of other processes</span></td></tr>
`
}

/** @param bad names of counts that should stay 0 */
function group(title: string, counts: Counts | undefined, bad: readonly string[] = []): Part {
  if (counts === undefined) return undefined
  return markup`<tr><th scope="row">${title}</th><td>${Object.entries(counts).map(([name, count]) => event(name, count, bad))}</td></tr>
`
}

/** Warnings have long names, so only those that occurred are shown. */
function occurred(counts: Counts | undefined): Counts | undefined {
  if (counts === undefined) return undefined
  const shown = Object.entries(counts).filter(([, count]) => count > 0)
  return shown.length === 0 ? { none: 0 } : Object.fromEntries(shown)
}

function event(name: string, count: number, bad: readonly string[]): Markup {
  const isBad = count > 0 && bad.includes(name)
  return markup`<span class="event${isBad && ' bad'}">${name} ${countFigure(count, name)}</span> `
}
