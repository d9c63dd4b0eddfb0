/** One log line for each request that was answered. */
import type { Logger } from '@logtape/logtape'
import type { AnsweredRequest } from '../requests/answered-request.ts'

/** Takes the finished JSON lines of the access log. They cost a tenth of a line that passes LogTape. */
export interface AccessLines {
  /** Index of this thread, the first member of each line. Absent in the main thread. */
  thread?: number | undefined
  writeLater(line: string): void
}

export interface AccessLogOptions {
  log: Logger
  /** `info` for `ACCESS_LOG=on`, otherwise `debug`. */
  level: 'info' | 'debug'
  /** Default: the lines pass `log`, in a category of their own: see `openLog`. */
  lines?: AccessLines | undefined
  /** Time in ms since 1970, for `lines`. Default: `Date.now`. */
  now?: (() => number) | undefined
}

/** Returns the part `onRequest` that writes the lines. */
export function createAccessLog(options: AccessLogOptions): (request: AnsweredRequest) => void {
  const { log, level, lines, now = Date.now } = options
  return lines === undefined ? recordsIn(log, level) : linesIn(lines, level, now)
}

function recordsIn(log: Logger, level: 'info' | 'debug') {
  const access = log.getChild(ACCESS)
  return function logRequest(request: AnsweredRequest): void {
    const { method, route, path, status, durationMs, bytes, client, requestId, traceId, outcome } = request
    // A member without a value is left out by JSON.
    access[level](MESSAGE, {
      method,
      route,
      path,
      status,
      durationMs: rounded(durationMs),
      bytes,
      client,
      requestId,
      traceId,
      cache: outcome,
    })
  }
}

/** Writes the JSON that the formatter of the other lines would write for the same record. */
function linesIn(lines: AccessLines, level: 'info' | 'debug', now: () => number) {
  const isoTime = createIsoTime()
  const about = `"level":"${level.toUpperCase()}","message":"${MESSAGE}","logger":"hitrate.${ACCESS}"`
  const thread = lines.thread === undefined ? '' : `"thread":${lines.thread},`
  const start = `Z",${about},"properties":{${thread}"method":`

  return function writeRequest(request: AnsweredRequest): void {
    const { method, route, path, status, durationMs, bytes, client, requestId, traceId, outcome } = request
    lines.writeLater(
      `{"@timestamp":"${isoTime(now())}${start}${quoted(method)},"route":${quoted(route)},"path":${quoted(path)}` +
        `,"status":${status},"durationMs":${rounded(durationMs)}${bytes === undefined ? '' : `,"bytes":${bytes}`}` +
        `${member('client', client)}${member('requestId', requestId)}${member('traceId', traceId)}` +
        `${member('cache', outcome)}}}`,
    )
  }
}

function member(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${quoted(value)}`
}

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text)
}

/** Text without characters that JSON escapes. */
const PLAIN = /^[ !#-[\]-~]*$/

function rounded(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000
}

/** Returns a function that formats times as `toISOString`, without the `Z`. The text of the second is kept for the next call. */
function createIsoTime(): (ms: number) => string {
  let second = Number.NaN
  let text = ''
  return function isoTime(ms) {
    const fraction = ms % 1000
    if (ms - fraction !== second) {
      second = ms - fraction
      text = new Date(second).toISOString().slice(0, -4)
    }
    return text + (fraction < 10 ? `00${fraction}` : fraction < 100 ? `0${fraction}` : fraction)
  }
}

const MESSAGE = 'Request answered'

/** Category of the lines, below that of the service. */
export const ACCESS = 'access'
