/** A read held to its deadlines: the soft one, after which a stale entry will do, and the hard one, after which it fails. */

import { createPatience } from '../loading/deadline-signal.ts'
import type { Reading } from '../loading/load-and-store.ts'
import type { Schedule } from '../schedule.ts'

export interface InTimeOptions<T, E> {
  /** The cache's, in errors. */
  name: string
  schedule: Schedule
  reading: Reading<T>
  /** What the read comes to, however long it takes. */
  resolve(reading: Reading<T>): Promise<E>
  /** What may answer in its place, if anything does. It may throw, as the reader's own `accept` does. */
  standInFor(reading: Reading<T>): E | undefined
}

/** What the read comes to within its deadlines; what was begun for it goes on. */
export function inTime<T, E>(options: InTimeOptions<T, E>): Promise<E> {
  const { name, schedule, reading, resolve } = options
  const { signal, strategy = 'refresh', softTimeoutMs, hardTimeoutMs } = reading.options
  if (softTimeoutMs === undefined && hardTimeoutMs === undefined) return resolve(reading)
  const patience = createPatience(name, schedule, signal, hardTimeoutMs ?? Number.POSITIVE_INFINITY)
  const work = resolve({ ...reading, signal: patience.signal }).finally(patience.over)
  if (softTimeoutMs === undefined || strategy !== 'refresh') return work
  return softly(options, work, softTimeoutMs, patience.answered)
}

/** What the work comes to, or after a while what stands in; the work goes on then. */
function softly<T, E>(
  { schedule, reading, standInFor }: InTimeOptions<T, E>,
  work: Promise<E>,
  softTimeoutMs: number,
  answered: () => void,
): Promise<E> {
  const { promise, resolve, reject } = Promise.withResolvers<E>()

  function standIn(): void {
    const ending = standInFor(reading)
    if (ending === undefined) return
    answered()
    reading.options.waitUntil?.(work.catch(() => {})) // an accept() that throws: nobody waits for it any more
    resolve(ending)
  }

  const callOff = schedule(() => {
    try {
      standIn()
    } catch (error) {
      reject(error) // the reader's own `accept` or `waitUntil`
    }
  }, softTimeoutMs)
  work.then(resolve, reject).finally(callOff)
  return promise
}
