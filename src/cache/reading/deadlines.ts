/** The deadlines of one read: after the soft one a stale entry may be served, after the hard one the read fails. */
import type { CacheCore } from '../core.ts'
import { createDeadlineSignal } from '../loading/deadline-signal.ts'
import type { Reading } from '../loading/load-and-store.ts'
import { withDeadline } from '../timing/with-deadline.ts'
import type { Ending } from './read-result.ts'
import type { MissResolver } from './resolve-miss.ts'

/** Completes the read within its deadlines. The soft deadline does not stop the load. */
export function withinDeadlines<T>(
  core: CacheCore,
  misses: MissResolver,
  reading: Reading<T>,
): Promise<Ending<T>> {
  const { strategy = 'refresh', softTimeoutMs, hardTimeoutMs, waitUntil } = reading.options
  if (softTimeoutMs === undefined && hardTimeoutMs === undefined) return misses.resolve(reading)
  const { signal, dispose, detachCaller } = createDeadlineSignal(core, reading.signal, hardTimeoutMs)
  const work = misses.resolve({ ...reading, signal }).finally(dispose)
  if (softTimeoutMs === undefined || strategy !== 'refresh') return work

  function serveStaleMeanwhile(): Ending<T> | undefined {
    const result = misses.serveStale(reading)
    if (result === undefined) return undefined
    detachCaller?.()
    waitUntil?.(work.catch(() => {})) // the caller has its result, so a later error would be unhandled
    return { ...result, timeout: 'soft' }
  }

  return withDeadline(work, softTimeoutMs, serveStaleMeanwhile, core.deadlines)
}
