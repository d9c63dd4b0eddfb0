/** Writes log lines to standard output, in the order in which they were logged. Lines may wait for others and be written together. */
import type { Schedule } from '../../cache/timing/schedule.ts'

export interface LineWriterOptions {
  /** Timers that do not keep the process running. */
  schedule: Schedule
  /** Writes a text and a line end. Default: `console.log`, which writes before it returns on Node and Bun. */
  print?: (text: string) => void
}

/** Time in ms after which waiting lines are written. A process that is killed loses them. */
const MAX_WAIT_MS = 100

/** Number of lines that are written at once. Each write blocks the thread, so it must not become long. */
const MAX_LINES = 256

export class LineWriter {
  readonly #schedule: Schedule
  readonly #print: (text: string) => void
  #waiting: string[] = []
  #cancel: (() => void) | undefined

  constructor({ schedule, print = printLine }: LineWriterOptions) {
    this.#schedule = schedule
    this.#print = print
  }

  /** Writes the waiting lines, and then this one. @param line with or without a line end. */
  write(line: string): void {
    this.flush()
    this.#print(withoutEnd(line))
  }

  /** Writes the line with others, `MAX_WAIT_MS` later at most. */
  writeLater(line: string): void {
    this.#waiting.push(withoutEnd(line))
    if (this.#waiting.length >= MAX_LINES) this.flush()
    else this.#cancel ??= this.#schedule(() => this.flush(), MAX_WAIT_MS)
  }

  /** Writes the waiting lines. To be called at the end of the process or thread. */
  readonly flush = (): void => {
    this.#cancel?.()
    this.#cancel = undefined
    if (this.#waiting.length === 0) return
    const text = this.#waiting.join('\n')
    this.#waiting = []
    this.#print(text)
  }
}

function withoutEnd(line: string): string {
  return line.endsWith('\n') ? line.slice(0, -1) : line
}

function printLine(text: string): void {
  // biome-ignore lint/suspicious/noConsole: the log itself
  console.log(text)
}
