/** Log lines: JSON objects, or readable text on a terminal. On Bun and Node all go to standard output, so that they keep their order. */
import {
  configureSync,
  getAnsiColorFormatter,
  getConsoleSink,
  getLogger,
  getTextFormatter,
  jsonLinesFormatter,
  type Logger,
  type LogRecord,
  type TextFormatter,
} from '@logtape/logtape'
import type { Schedule } from '../../cache/timing/schedule.ts'
import { ACCESS } from './access-log.ts'
import { errorChain } from './error-chain.ts'
import { LineWriter } from './line-writer.ts'

export type LogLevel = 'debug' | 'info' | 'warning' | 'error'

export interface LogOptions {
  level: LogLevel
  /** True for text instead of JSON. */
  readable: boolean
  /** False for text without colors: the variable NO_COLOR is set and not empty (https://no-color.org). Default: true. */
  colored?: boolean
  /** Index of this thread, added to each line. Absent in the main thread. */
  thread?: number
  /** Writes to standard output, the lines of the access log together. Default: each line to the console, by its level, for Workers. */
  batches?: {
    /** Timers that do not keep the process running. */
    schedule: Schedule
    /** Calls the function when the process or thread ends. */
    onExit(flush: () => void): void
  }
}

/** Sets up logging for this thread and returns the service's logger. */
export function openLog({ level, readable, colored = true, thread, batches }: LogOptions): Logger {
  const formatter = readable
    ? (colored ? getAnsiColorFormatter : getTextFormatter)({
        timestamp: 'time',
        format: ({ timestamp, level, message, record }) => {
          return `${timestamp} ${level} ${message}${detailsOf(record.properties)}`
        },
      })
    : jsonLinesFormatter
  configureSync({
    reset: true,
    sinks: sinksOf(formatter, readable ? formatter : plainJsonLine, batches),
    loggers: [
      { category: 'hitrate', lowestLevel: level, sinks: ['lines'] },
      // Its variable switches the access log on, whatever the level of the other lines.
      { category: ['hitrate', ACCESS], lowestLevel: 'debug', sinks: ['batches'], parentSinks: 'override' },
      { category: ['logtape', 'meta'], lowestLevel: 'warning', sinks: ['lines'] },
    ],
  })
  const log = getLogger('hitrate')
  return thread === undefined ? log : log.with({ thread })
}

/** @param accessFormatter formats the lines of the access log. */
function sinksOf(formatter: TextFormatter, accessFormatter: TextFormatter, batches: LogOptions['batches']) {
  if (batches === undefined) {
    const sink = getConsoleSink({ formatter })
    return { lines: sink, batches: sink }
  }
  const writer = new LineWriter(batches)
  batches.onExit(writer.flush)
  return {
    lines: (record: LogRecord) => writer.write(formatter(record)),
    batches: (record: LogRecord) => writer.writeLater(accessFormatter(record)),
  }
}

/** As `jsonLinesFormatter`, for a message and properties without errors and cycles, in a fifth of its time. */
function plainJsonLine({ timestamp, level, message, category, properties }: LogRecord): string {
  return JSON.stringify({
    '@timestamp': new Date(timestamp).toISOString(),
    level: level.toUpperCase(),
    message: message.join(''),
    logger: category.join('.'),
    properties,
  })
}

function detailsOf(properties: Record<string, unknown>): string {
  const details = Object.entries(properties).flatMap(([name, value]) => {
    return value === undefined
      ? []
      : `${name}=${typeof value === 'string' ? visible(value) : JSON.stringify(value)}`
  })
  return details.length === 0 ? '' : ` (${details.join(' ')})`
}

/** Escapes control characters, which could move the cursor of a terminal. Stacks keep their line ends. */
function visible(text: string): string {
  return text.replace(CONTROL, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it finds
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g

/** Text of an error for a log line: its stack, then the stacks of its causes. */
export function errorText(error: unknown): string {
  return errorChain(error).map(textOf).join('\ncaused by ')
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.stack ?? `${error.name}: ${error.message}`
}
