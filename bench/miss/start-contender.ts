/** Starts a contender of the miss benchmark as a process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { executable, type Runtime } from '../runtimes.ts'
import type { Run } from '../take-turns.ts'
import type { ContenderName } from './contenders.ts'

export interface RunningContender {
  run: Run
  stop(): void
}

export interface StartContenderOptions {
  runtime: Runtime
  /** Another checkout of hitrate; this one when empty. */
  checkout: string
  /** Ends the process when it aborts. */
  signal: AbortSignal
}

export function startContender(
  name: ContenderName,
  { runtime, checkout, signal }: StartContenderOptions,
): RunningContender {
  const { PATH = '' } = process.env
  const child = spawn(executable(runtime), [join(import.meta.dirname, 'process.ts'), name, checkout], {
    env: { PATH, NODE_NO_WARNINGS: '1' }, // no other variable may configure the contender
    stdio: ['pipe', 'pipe', 'inherit'],
    signal,
  })
  const lines = createInterface({ input: child.stdout })
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} ended with ${code} on ${runtime}`)
  })
  failed.catch(() => {}) // an exit after stop() is not a failure

  return {
    async run(times) {
      child.stdin.write(`${times}\n`)
      await Promise.race([once(lines, 'line'), failed])
    },
    stop: () => child.stdin.end(),
  }
}
