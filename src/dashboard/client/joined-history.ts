/** The samples that the page has and those that it gets, as one history. */
import type { History } from '../data/dashboard-data.ts'

/**
 * Samples older than `keptMs` before the newest one are dropped. A process that has restarted sends a history without old samples: then
 * the page keeps its own, and the charts show the gap. If the server's clock was set back, its samples replace those of the same time.
 */
export function joinedHistory(kept: History, added: History, keptMs: number): History {
  const newest = kept.samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY
  const [first] = added.samples
  const isSetBack = first !== undefined && (added.samples.at(-1)?.at ?? newest) < newest
  const samples = isSetBack
    ? [...kept.samples.filter(({ at }) => at < first.at), ...added.samples]
    : [...kept.samples, ...added.samples.filter(({ at }) => at > newest)]
  const oldest = (samples.at(-1)?.at ?? 0) - keptMs
  return { everyMs: added.everyMs, samples: samples.filter(({ at }) => at >= oldest) }
}
