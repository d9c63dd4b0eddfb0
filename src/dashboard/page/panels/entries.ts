/** The hottest and the largest entries of the memory tier. */
import type { CacheFigures, TopEntry, TopFigures } from '../../data/dashboard-data.ts'
import { shortPeriod } from '../text/durations.ts'
import { bytesFigure } from '../text/figure.ts'
import { type Markup, markup } from '../text/markup.ts'
import { percent, plural } from '../text/numbers.ts'
import { NARROW_SPACE, shortened } from '../text/printable.ts'
import { empty, panel } from './panel.ts'

/** Characters of a key in its cell, and on hover: keys may have thousands. */
const KEY_LENGTH = 80
const TITLE_LENGTH = 400

/** Characters at the end of a key that are always visible. */
const END_LENGTH = 18

/** Rows, so that the panels have the height of their neighbours. */
const ROWS = 7

export function entriesPanels(id: string, { top }: CacheFigures): Markup {
  if (top === undefined) return markup``
  return markup`${list(`${id}-hot`, 'Hottest entries', top.hottest, top)}${list(`${id}-large`, 'Largest entries', top.largest, top)}`
}

function list(id: string, title: string, entries: readonly TopEntry[], { examined }: TopFigures): Markup {
  return panel({
    id,
    title,
    hint: `Of the memory tier of one thread; ${plural(examined, 'entry', 'entries')} examined.`,
    kind: 'entries',
    body: entries.length === 0 ? empty('Nothing is stored.') : tableOf(title, entries),
  })
}

function tableOf(title: string, entries: readonly TopEntry[]): Markup {
  const hasKeys = entries.some(({ key }) => key !== undefined)
  const hasShares = entries.some(({ share }) => share !== undefined)
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${title}"><table class="rows">
<thead><tr><th scope="col">${hasKeys ? 'Key' : 'Rank'}</th>${hasShares && markup`<th scope="col" title="Estimated share of the look-ups of the memory tier">Look-ups</th>`}<th scope="col">Size</th><th scope="col" class="wide">Age</th><th scope="col">Fresh for</th></tr></thead>
<tbody>${entries.slice(0, ROWS).map(
    (
      entry,
      index,
    ) => markup`<tr>${name(entry, index)}${hasShares && markup`<td>${entry.share === undefined ? '–' : `${percent(entry.share)}${NARROW_SPACE}%`}</td>`}<td>${bytesFigure(entry.bytes)}</td><td class="wide">${shortPeriod(entry.ageMs)}</td><td>${freshness(entry.freshForMs)}</td></tr>
`,
  )}</tbody></table></div>${!hasKeys && markup`<p class="note">Keys are shown with the option <code>showKeys</code>.</p>`}`
}

function name({ key }: TopEntry, index: number): Markup {
  if (key === undefined) return markup`<th scope="row">${index + 1}</th>`
  const long = key.length > KEY_LENGTH ? ` (${plural(key.length, 'character')})` : ''
  return markup`<th scope="row" class="key-cell" title="${shortened(key, TITLE_LENGTH)}${long}">${cutKey(shortened(key, KEY_LENGTH))}</th>`
}

/** In two parts, so that a narrow cell cuts the middle: keys differ at their end. */
function cutKey(key: string): Markup {
  const end = Math.max(0, key.length - END_LENGTH)
  return markup`<code class="cut"><span>${key.slice(0, end)}</span><span>${key.slice(end)}</span></code>`
}

function freshness(ms: number | undefined): string {
  if (ms === undefined) return 'always'
  return ms <= 0 ? 'stale' : shortPeriod(ms)
}
