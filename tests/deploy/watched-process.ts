/** A process whose output is kept. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import process from 'node:process'

export interface WatchedProcess {
  child: ChildProcess
  /** Resolves when the process has ended. */
  ended: Promise<{ code: number | null; output: string }>
  /** Everything that it has printed so far. */
  output(): string
  /** Resolves once the output matches. Rejects if the process ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray>
}

export function watchedProcess(
  program: string,
  args: readonly string[],
  options: Omit<SpawnOptions, 'stdio'>,
): WatchedProcess {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  // An interrupted test run must not leave the process behind.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  let output = ''
  const looks = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (text) => {
      output += text
      for (const look of looks) look()
    })
  const ended = new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      process.off('exit', kill)
      resolve({ code, output })
    })
  })
  return {
    child,
    ended,
    output: () => output,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(output)
          if (found !== null) resolve(found)
        }
        looks.add(look)
        look()
        ended.then(
          () => reject(new Error(`The process ended before it printed ${pattern}:\n${output}`)),
          reject,
        )
      }),
  }
}
