/** Starts the service like a user does, as a process on a free port, and ends that process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { after } from 'node:test'
import { toolFile } from '../support/tools.ts'

export const root = new URL('../..', import.meta.url).pathname
export const bin = (name: string) => join(root, 'node_modules/.bin', name)

export type ProcessRuntime = 'bun' | 'node'

export interface RunningService {
  url: string
  pid: number
  /** The output of the process so far. */
  output(): string
  /** Sends a signal; resolves when the process has ended. */
  end(signal?: NodeJS.Signals): Promise<Ended>
}

export interface Ended {
  code: number | null
  output: string
}

export const commands: Record<ProcessRuntime, [string, string[]]> = {
  bun: [bin('bun'), ['src/service/runtimes/bun.ts']],
  node: [bin('node'), ['--disable-warning=ExperimentalWarning', 'src/service/runtimes/node.ts']],
}

/** Runs a service that is expected to exit, and returns its exit code and output. */
export function runToEnd(runtime: ProcessRuntime, env: Record<string, string>): Promise<Ended> {
  const [command, args] = commands[runtime]
  return ended(launch(command, args, { PORT: '0', DATABASE_URL: 'memory:', ...env }))
}

/** Starts the service; resolves once it listens. Default: a free port and users in memory. */
export async function startService(
  runtime: ProcessRuntime,
  env: Record<string, string> = {},
  /** Options of the runtime. */
  flags: string[] = [],
): Promise<RunningService> {
  const [command, args] = commands[runtime]
  const child = launch(command, [...flags, ...args], { PORT: '0', DATABASE_URL: 'memory:', ...env })
  const url = await firstMatch(child, /"url":"(http[^"]+)"/)
  return running(child, url)
}

/** Starts a program that prints its URL once it listens. */
export async function startProgram(
  runtime: ProcessRuntime,
  file: string,
  env: Record<string, string> = {},
): Promise<RunningService> {
  const flags = runtime === 'node' ? ['--disable-warning=ExperimentalWarning'] : []
  const child = launch(bin(runtime), [...flags, file], env)
  return running(child, await firstMatch(child, /"url":"(http[^"]+)"/))
}

/** Starts the Worker in workerd, with a new database to which the migrations have been applied. */
export async function startWorker(variables: Record<string, string> = {}): Promise<RunningService> {
  const folder = await mkdtemp(join(tmpdir(), 'hitrate-worker-'))
  const migrated = await ended(wrangler(folder, ['d1', 'migrations', 'apply', 'hitrate', '--local']))
  if (migrated.code !== 0) throw new Error(`The migrations failed:\n${migrated.output}`)

  const flags = Object.entries(variables).flatMap(([name, value]) => ['--var', `${name}:${value}`])
  return startInWorkerd(folder, flags)
}

/** Starts a Worker of one file in workerd. */
export async function startWorkerProgram(file: string): Promise<RunningService> {
  return startInWorkerd(await mkdtemp(join(tmpdir(), 'hitrate-worker-')), [file])
}

/** @param folder for the state of workerd; removed at the end. */
async function startInWorkerd(folder: string, args: string[]): Promise<RunningService> {
  const port = String(await freePort())
  const listening = ['--ip', '127.0.0.1', '--port', port, '--inspector-port', String(await freePort())]
  const child = wrangler(folder, ['dev', ...listening, '--log-level', 'info', ...args])
  await firstMatch(child, /Ready on (http\S+)/)
  const service = running(child, `http://127.0.0.1:${port}`)
  return {
    ...service,
    async end(signal) {
      const result = await service.end(signal)
      await rm(folder, { recursive: true, force: true })
      return result
    },
  }
}

function wrangler(folder: string, args: string[]): ChildProcess {
  const offline = { WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false', CI: 'true' }
  const program = toolFile('wrangler/bin/wrangler.js')
  return launch(bin('node'), [program, ...args, '--persist-to', folder], offline)
}

/**
 * Returns a port of 127.0.0.1 that is free now. It comes from below the range from which the system takes the ports of outgoing
 * connections, because one of these would often take it before the server does.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000)
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const isListening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (isListening) await new Promise((resolve) => server.close(resolve))
  return isListening
}

const outputs = new WeakMap<ChildProcess, string>()
const launched = new Set<ChildProcess>()

// A process that a failed test leaves behind would keep its test file from ending. Programs on Bun that such a file starts inherit the
// variable, and have no test runner.
if (process.env.NODE_TEST_CONTEXT !== undefined && process.versions.bun === undefined) {
  after(() => {
    for (const child of launched) child.kill('SIGKILL')
  })
}

function launch(command: string, args: string[], env: Record<string, string>): ChildProcess {
  const child = spawn(command, args, {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const append = (chunk: Buffer) => outputs.set(child, (outputs.get(child) ?? '') + chunk.toString())
  child.stdout?.on('data', append)
  child.stderr?.on('data', append)
  // An interrupted test run must not leave the process behind.
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  launched.add(child)
  child.once('exit', () => {
    process.off('exit', end)
    launched.delete(child)
  })
  return child
}

function running(child: ChildProcess, url: string): RunningService {
  return {
    url,
    pid: child.pid ?? 0,
    output: () => outputs.get(child) ?? '',
    async end(signal = 'SIGTERM') {
      const result = ended(child)
      child.kill(signal)
      return result
    },
  }
}

function ended(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const result = (code: number | null) => resolve({ code, output: outputs.get(child) ?? '' })
    if (child.exitCode !== null || child.signalCode !== null) return result(child.exitCode)
    child.once('error', reject)
    child.once('close', result)
  })
}

/** Resolves with the first group of `pattern` once the process has printed a match. */
function firstMatch(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = pattern.exec(outputs.get(child) ?? '')?.[1]
      if (found !== undefined) resolve(found)
    }
    child.stdout?.on('data', look)
    child.stderr?.on('data', look)
    child.once('error', reject)
    child.once('close', (code) =>
      reject(new Error(`The process exited with ${code} before it listened:\n${outputs.get(child) ?? ''}`)),
    )
  })
}
