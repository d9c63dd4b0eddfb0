/** The hit ratios that other sizes of memory would have. */
import type { CacheFigures } from '../../data/dashboard-data.ts'
import { bar } from '../charts/bar.ts'
import { bytes } from '../text/bytes.ts'
import { type Markup, markup } from '../text/markup.ts'
import { percent } from '../text/numbers.ts'
import { NARROW_SPACE } from '../text/printable.ts'
import { empty, panel } from './panel.ts'

const SIZES = [
  ['0.5x', '½×', 0.5],
  ['1x', '1×', 1],
  ['2x', '2×', 2],
  ['4x', '4×', 4],
] as const

export function predictedPanel(id: string, { predictedHitRatio: ratios, stored }: CacheFigures): Markup {
  return panel({
    id,
    title: 'With other memory',
    hint: 'Hit ratio of the memory tier that the recent reads would have with half, the same, double and four times the room: cache_predicted_hit_ratio.',
    kind: 'predicted',
    body:
      ratios === undefined
        ? empty(
            'Not enough reads yet. This will show the hit ratio with half, double and four times the memory.',
          )
        : markup`<table class="bars"><thead class="hidden"><tr><th scope="col">Memory</th><th scope="col">Bar</th><th scope="col">Hit ratio</th><th scope="col">Change</th></tr></thead>
<tbody>${SIZES.map(([size, name, factor]) => row(name, stored && stored.maxBytes * factor, ratios[size], ratios['1x']))}</tbody></table>
<p class="note">Estimated hit ratio of the memory tier for the recent reads.</p>`,
  })
}

function row(name: string, size: number | undefined, ratio: number, now: number): Markup {
  const isNow = name === '1×'
  return markup`<tr${isNow && markup` class="now"`}><th scope="row"${size !== undefined && markup` title="${bytes(size)}"`}>${name}</th><td class="bar-cell">${bar(ratio, isNow ? 'now' : 'plain')}</td><td><data value="${ratio}">${percent(ratio)}${NARROW_SPACE}%</data></td><td class="change">${isNow ? 'now' : points(ratio - now)}</td></tr>
`
}

/** A difference in percentage points, with its sign. */
function points(difference: number): string {
  const text = Math.abs(difference * 100).toFixed(1)
  return text === '0.0' ? '±0' : `${difference < 0 ? '−' : '+'}${text}`
}
