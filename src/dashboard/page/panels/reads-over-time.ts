/** Reads of a cache over time, or how to begin. */
import type { CacheFigures, History } from '../../data/dashboard-data.ts'
import type { Span } from '../charts/scale.ts'
import { stackedChart } from '../charts/stacked-chart.ts'
import { type Markup, markup } from '../text/markup.ts'
import { panel } from './panel.ts'

export interface OverTime {
  readonly history: History
  readonly span: Span
  /** Shown until there are reads; absent for the page's own words. */
  readonly example?: string
}

export function readsPanel(
  id: string,
  { name, reads }: CacheFigures,
  { history, span, example }: OverTime,
): Markup {
  const isUnread = reads !== undefined && Object.values(reads).every((count) => count === 0)
  return panel({
    id,
    title: 'Reads per second',
    hint: 'Reads of this cache by outcome, from differences of cache_reads_total.',
    kind: 'reads',
    body: isUnread ? firstSteps(example) : stackedChart({ id, history, cache: name, span, height: 192 }),
  })
}

function firstSteps(example = 'http://localhost:8080/a-cached-route'): Markup {
  return markup`<div class="first-steps"><p><strong>No reads yet.</strong> Request a cached route twice: the first response is a miss, the second a hit.</p>
<pre><code>curl -i ${example}</code></pre>
<p>The field <code>Cache-Status</code> of each response says how the cache handled it.</p></div>`
}
