/** The contents of the memory tier, against its bound, and the entries that left it. */
import type { CacheFigures } from '../../data/dashboard-data.ts'
import { bar } from '../charts/bar.ts'
import { intervalsOf } from '../charts/intervals.ts'
import { lineChart } from '../charts/line-chart.ts'
import { niceMax } from '../charts/scale.ts'
import { bytes } from '../text/bytes.ts'
import { bytesFigure, countFigure } from '../text/figure.ts'
import { type Markup, markup, type Part } from '../text/markup.ts'
import { percent } from '../text/numbers.ts'
import { NARROW_SPACE } from '../text/printable.ts'
import { empty, panel, terms } from './panel.ts'
import type { OverTime } from './reads-over-time.ts'

const REASONS: Readonly<Record<string, string>> = {
  capacity: 'for want of room',
  expired: 'expired',
}

export function memoryPanel(id: string, cache: CacheFigures, overTime: OverTime): Markup {
  const { name, stored, evictions = {} } = cache
  const left = Object.entries(evictions).map(([reason, count]): [Part, Part] => [
    `Evicted, ${REASONS[reason] ?? reason}`,
    countFigure(count, 'entries'),
  ])
  return panel({
    id,
    title: 'Memory',
    hint: 'The memory tier of all threads: cache_size_bytes, cache_max_size_bytes, cache_entries, cache_evictions_total.',
    kind: 'memory',
    body:
      stored === undefined
        ? empty('This cache has no memory tier.')
        : markup`${fill(stored)}${sizeOverTime(id, name, overTime)}
${terms([
  ['Entries', countFigure(stored.entries, 'entries')],
  ['Mean size', stored.entries === 0 ? '–' : bytesFigure(Math.round(stored.bytes / stored.entries))],
  ...left,
])}`,
  })
}

function sizeOverTime(id: string, cache: string, { history, span }: OverTime): Markup {
  return lineChart({
    id,
    title: 'Stored bytes over time',
    span,
    height: 48,
    maxOf: niceBytes,
    format: bytes,
    isFilled: true,
    dataOf(maxIntervals) {
      const intervals = intervalsOf(history, cache, maxIntervals)
      const values = intervals.map((one) => one.bytes)
      return { intervals, lines: [{ name: 'stored', look: 'plain', color: 'c-hit', values }] }
    },
  })
}

/** A round number of the unit in which the ticks are written. */
function niceBytes(largest: number): number {
  const unit = 1024 ** Math.floor(Math.log(Math.max(1, largest)) / Math.log(1024))
  return niceMax(largest / unit) * unit
}

function fill(stored: { readonly bytes: number; readonly maxBytes: number }): Markup {
  const { maxBytes } = stored
  const ratio = maxBytes > 0 ? stored.bytes / maxBytes : 0
  return markup`<p class="medium">${bytesFigure(stored.bytes)} <span class="of">of ${bytes(maxBytes)}</span><span class="share">${percent(ratio)}${NARROW_SPACE}%</span></p>
${bar(ratio, ratio > 0.999 ? 'full' : 'plain')}`
}
