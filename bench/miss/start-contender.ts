/** Starts a contender of the miss benchmark as a process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { executable, type Runtime } from '../runtimes.ts'
import type { ContenderName } from './contenders.ts'
import type { Elapsed } from './process.ts'
import type { Transport } from './without-socket.ts'

export interface RunningContender {
  run(times: number, inFlight: number): Promise<Elapsed>
  stop(): void
}

export interface StartContenderOptions {
  runtime: Runtime
  transport: Transport
  /** Another checkout of hitrate; this one when empty. */
  checkout: string
  /** Ends the process when it aborts. */
  signal: AbortSignal
}

export function startContender(
  name: ContenderName,
  { runtime, transport, checkout, signal }: StartContenderOptions,
): RunningContender {
  const { PATH = '' } = process.env
  const args = [join(import.meta.dirname, 'process.ts'), name, transport, checkout]
  const child = spawn(executable(runtime), args, {
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
    async run(times, inFlight) {
      child.stdin.write(`${times} ${inFlight}\n`)
      const [line] = await Promise.race([once(lines, 'line'), failed])
      return JSON.parse(line)
    },
    stop: () => child.stdin.end(),
  }
}
