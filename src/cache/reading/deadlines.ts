/** The deadlines of one read: after the soft one a stale entry may be served, after the hard one the read fails. */
import { DeadlineSignal } from '../loading/deadline-signal.ts'
import type { Reading } from '../loading/load-and-store.ts'
import type { Schedule } from '../schedule.ts'
import { withDeadline } from '../with-deadline.ts'

export interface DeadlineOptions<T, E> {
  /** The cache's name, for errors. */
  name: string
  schedule: Schedule
  reading: Reading<T>
  /** Completes the read, however long that takes. */
  resolve(reading: Reading<T>): Promise<E>
  /** The result with a stale entry, if one may be served at the soft deadline. May throw, as the reader's `accept` may. */
  serveStale(reading: Reading<T>): E | undefined
}

/** Completes the read within its deadlines. A load that was started for it goes on. */
export function withinDeadlines<T, E>(options: DeadlineOptions<T, E>): Promise<E> {
  const { name, schedule, reading, resolve, serveStale } = options
  const { signal, strategy = 'refresh', softTimeoutMs, hardTimeoutMs, waitUntil } = reading.options
  if (softTimeoutMs === undefined && hardTimeoutMs === undefined) return resolve(reading)
  const deadline = new DeadlineSignal(name, schedule, signal, hardTimeoutMs ?? Number.POSITIVE_INFINITY)
  const work = resolve({ ...reading, signal: deadline.signal }).finally(() => deadline.dispose())
  if (softTimeoutMs === undefined || strategy !== 'refresh') return work

  function serveStaleMeanwhile(): E | undefined {
    const result = serveStale(reading)
    if (result === undefined) return undefined
    deadline.detachCaller()
    waitUntil?.(work.catch(() => {})) // nobody awaits the rejection of a reader's `accept` any more
    return result
  }

  return withDeadline(work, softTimeoutMs, serveStaleMeanwhile, schedule)
}
