/** Log lines: one JSON object each, or readable ones on a terminal. */
import {
  configureSync,
  getAnsiColorFormatter,
  getConsoleSink,
  getLogger,
  jsonLinesFormatter,
  type Logger,
} from '@logtape/logtape'

export type LogLevel = 'debug' | 'info' | 'warning' | 'error'

export interface LogOptions {
  level: LogLevel
  /** For a person at a terminal. */
  readable: boolean
  /** This thread's number, on each of its lines; none when it is the only one, or the one that watches the others. */
  thread?: number
}

/** Sets up logging for this thread and returns the service's logger. */
export function openLog({ level, readable, thread }: LogOptions): Logger {
  const formatter = readable
    ? getAnsiColorFormatter({
        timestamp: 'time',
        format: ({ timestamp, level, message, record }) => {
          return `${timestamp} ${level} ${message}${detailsOf(record.properties)}`
        },
      })
    : jsonLinesFormatter
  configureSync({
    reset: true,
    sinks: { console: getConsoleSink({ formatter }) },
    loggers: [
      { category: 'hitrate', lowestLevel: level, sinks: ['console'] },
      { category: ['logtape', 'meta'], lowestLevel: 'warning', sinks: ['console'] },
    ],
  })
  const log = getLogger('hitrate')
  return thread === undefined ? log : log.with({ thread })
}

function detailsOf(properties: Record<string, unknown>): string {
  const details = Object.entries(properties).map(([name, value]) => {
    return `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`
  })
  return details.length === 0 ? '' : ` (${details.join(' ')})`
}

/** An error as a log line tells it: the stack, then what caused it. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const text = error.stack ?? `${error.name}: ${error.message}`
  return error.cause === undefined ? text : `${text}\ncaused by ${errorText(error.cause)}`
}
