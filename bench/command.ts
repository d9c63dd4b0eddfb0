/** A benchmark as a command: flags, output, and an orderly end when it is interrupted. */
import { cpus, release, type } from 'node:os'
import process from 'node:process'
import { parseArgs } from 'node:util'

export interface Command<Flag extends string> {
  flags: Readonly<Record<Flag, string>>
  /** Aborts when the command is interrupted; every process that it started must end then. */
  signal: AbortSignal
  /** Runs the benchmark. An interrupted one ends with status 130 and without a stack trace. */
  run(main: () => Promise<void>): Promise<void>
}

/**
 * @param defaults all flags with their default values
 * @throws {TypeError} when the command line has a flag without a default.
 */
export function command<Flag extends string>(defaults: Readonly<Record<Flag, string>>): Command<Flag> {
  const options: Record<string, { type: 'string' }> = {}
  for (const flag of Object.keys(defaults)) options[flag] = { type: 'string' }
  const interrupted = new AbortController()
  const { signal } = interrupted
  process.on('SIGINT', () => interrupted.abort())
  process.on('SIGTERM', () => interrupted.abort())

  return {
    flags: { ...defaults, ...parseArgs({ options }).values },
    signal,
    async run(main) {
      try {
        await main()
      } catch (error) {
        if (!signal.aborted) throw error
        process.exitCode = 130
      }
    },
  }
}

/** @throws {TypeError} when the value is not a whole number above 0. */
export function count(flag: string, value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1) {
    throw new TypeError(`--${flag} must be a whole number above 0, got ${value}`)
  }
  return number
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Processor, cores and operating system, for the end of a report. */
export function thisMachine(): string {
  return `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${type()} ${release()}`
}
