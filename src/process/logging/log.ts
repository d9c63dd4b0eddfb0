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
import { ACCESS, type AccessLines } from './access-log.ts'
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

export interface OpenedLog {
  /** The service's logger. */
  log: Logger
  /** Takes lines of the access log that are already JSON. Absent without `batches`, and for readable lines. */
  accessLines?: AccessLines | undefined
}

/** Sets up logging for this thread. */
export function openLog({ level, readable, colored = true, thread, batches }: LogOptions): OpenedLog {
  const formatter = readable
    ? (colored ? getAnsiColorFormatter : getTextFormatter)({
        timestamp: 'time',
        format: ({ timestamp, level, message, record }) => {
          return `${timestamp} ${level} ${message}${detailsOf(record.properties)}`
        },
      })
    : jsonLinesFormatter
  const writer = batches && new LineWriter(batches)
  if (writer !== undefined) batches?.onExit(writer.flush)
  configureSync({
    reset: true,
    sinks: sinksOf(formatter, writer),
    loggers: [
      { category: 'hitrate', lowestLevel: level, sinks: ['lines'] },
      // Its variable switches the access log on, whatever the level of the other lines.
      { category: ['hitrate', ACCESS], lowestLevel: 'debug', sinks: ['batches'], parentSinks: 'override' },
      { category: ['logtape', 'meta'], lowestLevel: 'warning', sinks: ['lines'] },
    ],
  })
  const log = getLogger('hitrate')
  return {
    log: thread === undefined ? log : log.with({ thread }),
    accessLines: writer && !readable ? { thread, writeLater: (line) => writer.writeLater(line) } : undefined,
  }
}

function sinksOf(formatter: TextFormatter, writer: LineWriter | undefined) {
  if (writer === undefined) {
    const sink = getConsoleSink({ formatter })
    return { lines: sink, batches: sink }
  }
  return {
    lines: (record: LogRecord) => writer.write(formatter(record)),
    batches: (record: LogRecord) => writer.writeLater(formatter(record)),
  }
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
