/** Log lines: JSON objects, or readable text on a terminal. */
import {
  configureSync,
  getAnsiColorFormatter,
  getConsoleSink,
  getLogger,
  jsonLinesFormatter,
  type Logger,
} from '@logtape/logtape'
import { errorChain } from './error-chain.ts'

export type LogLevel = 'debug' | 'info' | 'warning' | 'error'

export interface LogOptions {
  level: LogLevel
  /** True for colored text instead of JSON. */
  readable: boolean
  /** Index of this thread, added to each line. Absent in the main thread. */
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

/** Text of an error for a log line: its stack, then the stacks of its causes. */
export function errorText(error: unknown): string {
  return errorChain(error).map(textOf).join('\ncaused by ')
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.stack ?? `${error.name}: ${error.message}`
}
