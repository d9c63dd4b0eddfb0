/** A server under load: a process of its own on a free port of this machine. */
import { type ChildProcess, spawn } from 'node:child_process'
import process from 'node:process'
import { cpuSecondsOf } from '../cpu-seconds.ts'

export interface Server {
  url: string
  /** User and system time of the process so far; undefined where there is no /proc. */
  cpuSeconds(): number | undefined
  /** Resolves when the process has ended. */
  stop(): Promise<void>
}

export interface StartOptions {
  env: Record<string, string>
  /** Ends the process when it aborts. */
  signal: AbortSignal
}

/** Runs a program that prints `{"message":"Listening","properties":{"url":...}}` once it listens. */
export async function startServer(
  runtime: string,
  program: string,
  { env, signal }: StartOptions,
): Promise<Server> {
  const { PATH = '' } = process.env
  const child = spawn(runtime, [program], {
    env: { PATH, ...env }, // no other variable may configure the server
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
  })
  const ended = new Promise<void>((resolve) => child.once('exit', resolve))
  return {
    url: await listening(child),
    cpuSeconds: () => cpuSecondsOf(child.pid ?? 0),
    async stop() {
      child.kill()
      const timeout = setTimeout(() => child.kill('SIGKILL'), 5000)
      await ended
      clearTimeout(timeout)
    },
  }
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (output.includes('"Listening"')) return
      output += text
      const line = output.split('\n').find((line) => line.includes('"Listening"') && line.endsWith('}'))
      if (line !== undefined) resolve(JSON.parse(line).properties.url)
    })
    child.once('error', reject)
    child.once('exit', (code) =>
      reject(new Error(`The server ended with ${code} before it listened:\n${output}`)),
    )
  })
}
