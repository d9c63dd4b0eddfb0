/** When this process or thread writes the lines of the access log: by timers, and at its end. */
import process from 'node:process'
import { byBackgroundTimers } from '../../cache/timing/schedule.ts'
import type { LogOptions } from '../logging/log.ts'

/** @param events emits `exit` at the end of the process or thread, also after an error. Default: `process`. */
export function logBatches(
  events: Pick<typeof process, 'once'> = process,
): NonNullable<LogOptions['batches']> {
  return { schedule: byBackgroundTimers, onExit: (flush) => void events.once('exit', flush) }
}
