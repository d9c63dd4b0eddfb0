/** The fill of each outcome: a colour and a pattern, so that outcomes differ without colours too. */
import type { Outcome } from '../../data/dashboard-data.ts'
import { type Markup, markup } from '../text/markup.ts'
import { OUTCOMES } from './intervals.ts'

/** Only lines along the axes: a chart stretches, and oblique lines would change their angle. */
const MARKS: Readonly<Record<Outcome, string>> = {
  hit: '',
  stale: 'M1.5 0V6',
  coalesced: 'M0 1.5H6',
  miss: '',
  error: 'M1.5 0V6M0 1.5H6',
  bypass: 'M1 2H3M4 5H6',
}

/** The definitions that `fill="url(#p-hit)"` and its like refer to: once per page. */
export function patterns(): Markup {
  return markup`<svg class="defs" width="0" height="0" aria-hidden="true"><defs>
${OUTCOMES.map(
  (outcome) =>
    markup`<pattern id="p-${outcome}" class="o-${outcome}" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6"/><path d="${MARKS[outcome]}"/></pattern>
`,
)}</defs></svg>`
}

/** A square in the fill of an outcome, for a legend. */
export function swatch(outcome: Outcome): Markup {
  return markup`<svg class="swatch" width="12" height="12" aria-hidden="true"><rect width="12" height="12" rx="2" fill="url(#p-${outcome})"/></svg>`
}
