/** A benchmark as a command: its flags, what it prints, and a tidy end where it is interrupted. */
import { cpus, release, type } from 'node:os'
import process from 'node:process'
import { parseArgs } from 'node:util'

export interface Command<Flag extends string> {
  flags: Readonly<Record<Flag, string>>
  /** Fires when the command is interrupted: whatever it has started ends then. */
  signal: AbortSignal
  /** Runs the benchmark. Interrupted, it ends with status 130 and without a stack. */
  run(main: () => Promise<void>): Promise<void>
}

/**
 * @param defaults every flag, and its value where the command line does not give one.
 * @throws {TypeError} when the command line has others.
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

export function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** What the figures are of. */
export function thisMachine(): string {
  return `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${type()} ${release()}`
}
