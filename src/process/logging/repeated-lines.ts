/** Limits log lines that repeat: the first is written at once, then at most one a minute with the number of occurrences since. */
import type { Logger } from '@logtape/logtape'
import type { Schedule } from '../../cache/timing/schedule.ts'
import type { LogLevel } from './log.ts'

export interface RepeatedLine {
  level: LogLevel
  message: string
  /**
   * Occurrences with the same message and kind are one line. Has few values: no path, id or address of a request, but for example
   * the status and the reason.
   */
  kind: string
  /** Called only when the line is written. */
  properties: () => Record<string, unknown>
}

export interface RepeatedLinesOptions {
  /** Returns the time in ms. Default: `performance.now`. */
  now?: () => number
  /** Returns the time of day, epoch ms, for the property `last`. Default: `Date.now`. */
  time?: () => number
  /**
   * Starts the timer that writes a count at the end of its minute. No timer runs a minute after the last line. Default: none, for
   * runtimes on which a timer belongs to a request. A count is then written with the next line.
   */
  schedule?: Schedule
}

/** Time in ms after a line in which its repetitions are only counted. */
const QUIET_MS = 60_000

/** Number of kinds that are limited one by one. Further kinds of a message are one line, so that the log stays bounded. */
const MAX_KINDS = 100

interface Written {
  /** The last occurrence. */
  line: RepeatedLine
  /** Time of day of the last occurrence, epoch ms. */
  last: number
  /** Occurrences since the last line that was written. */
  repeats: number
  quietUntil: number
}

/**
 * Writes lines to a log. A line that stands for repetitions has the properties of the last one and two more: `repeats`, the number
 * of occurrences since the line before, and `last`, the time of the last one. Lines and `repeats` add up to all occurrences.
 *
 * @example
 * lines.write({
 *   level: 'warning',
 *   message: 'Request refused',
 *   kind: `${status} ${reason}`,
 *   properties: () => ({ method, path, status, reason }),
 * })
 */
export class RepeatedLines {
  readonly #log: Logger
  readonly #now: () => number
  readonly #time: () => number
  readonly #schedule: Schedule | undefined
  /** By message and kind, in the order of `quietUntil`. */
  readonly #written = new Map<string, Written>()
  #cancelTimer: (() => void) | undefined

  constructor(log: Logger, options: RepeatedLinesOptions = {}) {
    this.#log = log
    this.#now = options.now ?? (() => performance.now())
    this.#time = options.time ?? Date.now
    this.#schedule = options.schedule
  }

  write(line: RepeatedLine): void {
    const key = this.#keyOf(line)
    const known = this.#written.get(key)
    if (known !== undefined) {
      known.line = line
      known.last = this.#time()
      known.repeats++
    }
    this.#writeCounts()
    if (this.#written.has(key)) return // counted, or just written with its count
    this.#append(key, { line, last: 0, repeats: 0, quietUntil: 0 })
    this.#startTimer()
  }

  /** Writes the counts that are held back. For the end of the process. */
  close(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    for (const written of this.#written.values()) if (written.repeats > 0) print(this.#log, written)
    this.#written.clear()
  }

  #keyOf({ message, kind }: RepeatedLine): string {
    const key = `${message}\n${kind}`
    return this.#written.has(key) || this.#written.size < MAX_KINDS ? key : message
  }

  /** Writes the counts whose minute is over. A line without repetitions has ended, so it is removed. */
  #writeCounts(): void {
    const now = this.#now()
    for (const [key, written] of this.#written) {
      if (written.quietUntil > now) return
      this.#written.delete(key)
      if (written.repeats > 0) this.#append(key, written)
    }
  }

  #append(key: string, written: Written): void {
    this.#written.set(key, { ...written, repeats: 0, quietUntil: this.#now() + QUIET_MS })
    print(this.#log, written)
  }

  /** Starts the timer for the first minute that ends, unless it runs. */
  #startTimer(): void {
    const [first] = this.#written.values()
    if (first === undefined || this.#cancelTimer !== undefined) return
    this.#cancelTimer = this.#schedule?.(() => {
      this.#cancelTimer = undefined
      this.#writeCounts()
      this.#startTimer()
    }, first.quietUntil - this.#now())
  }
}

function print(log: Logger, { line, repeats, last }: Written): void {
  const repetitions = repeats > 0 ? { repeats, last: new Date(last).toISOString() } : {}
  log[line.level](line.message, { ...line.properties(), ...repetitions })
}
