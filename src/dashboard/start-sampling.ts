/** Takes samples for the charts while nobody looks at the page. */
import { byBackgroundTimers, type Schedule } from '../cache/timing/schedule.ts'
import type { Snapshot, SnapshotSource } from '../metrics/index.ts'
import { collectFrom } from '../metrics/merging/snapshot-source.ts'
import type { HistoryRing } from './data/history-ring.ts'

export interface SamplingOptions {
  registry: SnapshotSource | readonly SnapshotSource[]
  now: () => number
  /** Default: timers of the runtime that do not keep the process running. */
  schedule?: Schedule | undefined
}

/** Adds a sample to the history after each interval. Ends when nothing else refers to the history. */
export function startSampling(
  history: HistoryRing,
  { registry, now, schedule = byBackgroundTimers }: SamplingOptions,
): void {
  const { everyMs } = history
  const target = new WeakRef(history) // the timer must not keep an app alive that is not used any more

  async function sample(): Promise<void> {
    const ring = target.deref()
    if (ring === undefined) return
    try {
      // The time is read after the snapshot was taken, as for the page.
      if (ring.isDue(now())) ring.add(await collectNow(registry), now())
    } catch {
      // The registry reports errors of its metrics, and the page shows the others; there is a gap in the charts.
    }
    wait()
  }

  function wait(): void {
    try {
      schedule(() => void sample(), everyMs)
    } catch {
      // Workers have no timers outside of requests. Requests for the page take samples, too.
    }
  }

  wait()
}

/** Does not wait for values with promises: they may be queries to a database, and the charts do not use them. */
function collectNow(registry: SamplingOptions['registry']): Promise<Snapshot> {
  const withoutPromises = (source: SnapshotSource): SnapshotSource => ({ collect: () => source.collect() })
  return collectFrom([registry].flat().map(withoutPromises))
}
