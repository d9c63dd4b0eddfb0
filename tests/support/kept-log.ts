/** A log whose lines are kept, for tests of log lines. */
import { configureSync, getLogger, type Logger, type LogRecord } from '@logtape/logtape'

export interface KeptLine {
  level: string
  message: string
  properties: Record<string, unknown>
}

/** Keeps the lines from now on, in place of a log that was kept before. */
export function keepLog(): { log: Logger; lines: KeptLine[] } {
  const lines: KeptLine[] = []
  const keep = ({ level, rawMessage, properties }: LogRecord) => {
    lines.push({ level, message: String(rawMessage), properties })
  }
  configureSync({
    reset: true,
    sinks: { keep },
    loggers: [
      { category: 'hitrate', lowestLevel: 'debug', sinks: ['keep'] },
      { category: ['logtape', 'meta'], lowestLevel: 'fatal', sinks: [] },
    ],
  })
  return { log: getLogger('hitrate'), lines }
}
