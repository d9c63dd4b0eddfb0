/** Starts a proxy as a program on a free port, and ends it by its process id. */
import { spawn } from 'node:child_process'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../tests/runtimes/running-service.ts'
import { cpuSecondsOf } from '../cpu-seconds.ts'

export interface RunningProxy {
  url: string
  /** Processor time of all its processes so far; undefined where there is no /proc. */
  cpuSeconds(): number | undefined
  /** Resolves when the program and its workers have ended. */
  stop(): Promise<void>
}

export interface StartProgramOptions {
  env?: Readonly<Record<string, string>>
  /** Processor that the program must use; any if undefined. */
  core: number | undefined
  signal: AbortSignal
}

/** Time in ms after which a program that does not answer counts as failed. */
const START_MS = 20_000

/** @throws {Error} when the program ends, or does not answer in time; with its output. */
export async function startProgram(
  program: string,
  argsOn: (port: number) => readonly string[],
  { env = {}, core, signal }: StartProgramOptions,
): Promise<RunningProxy> {
  const port = await freePort()
  const { PATH = '' } = process.env
  const [command = program, ...args] = [
    ...(core === undefined ? [] : ['taskset', '--cpu-list', `${core}`]),
    program,
    ...argsOn(port),
  ]
  const child = spawn(command, args, {
    env: { PATH: `${PATH}:/usr/sbin`, NODE_NO_WARNINGS: '1', ...env, PORT: `${port}` },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output = (output + chunk).slice(-2000)
    })
  }
  let hasEnded = false
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve())).then(() => {
    hasEnded = true
  })
  child.once('error', () => {}) // `close` follows, or the port stays closed
  const announced = () => /"url":\s*"(http[^"]+)"/.exec(output)?.[1]
  const url = () => announced() ?? `http://127.0.0.1:${port}`
  for (const until = performance.now() + START_MS; ; await sleep(50)) {
    if (
      await fetch(url()).then(
        (response) => response.arrayBuffer().then(() => true),
        () => false,
      )
    )
      break
    if (!hasEnded && performance.now() < until) continue
    child.kill('SIGKILL')
    throw new Error(`${program} did not start:\n${output}`)
  }
  return {
    url: url(),
    cpuSeconds: () => cpuSecondsOf(child.pid ?? 0),
    async stop() {
      child.kill()
      const timeout = setTimeout(() => child.kill('SIGKILL'), 5000)
      await ended
      clearTimeout(timeout)
    },
  }
}
