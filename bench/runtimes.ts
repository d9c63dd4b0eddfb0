/** Runtimes that the benchmarks run on, and programs run to their end on one of them. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..')

const executables = {
  node: join(root, 'node_modules/.bin/node'),
  bun: join(root, 'node_modules/.bin/bun'),
  'node-26': join(root, 'tools/node_modules/node-26/bin/node'),
}

export type Runtime = keyof typeof executables

/**
 * @param flag names separated by commas: node, bun, node-26
 * @throws {TypeError} for another name; {Error} for a runtime that is not installed.
 */
export function runtimesIn(flag: string): Runtime[] {
  return flag.split(',').map((name) => {
    if (!isRuntime(name))
      throw new TypeError(`--on must name ${Object.keys(executables).join(', ')}, got ${name}`)
    if (!existsSync(executables[name])) throw new Error(`${name} is not installed: run "npm run tools"`)
    return name
  })
}

function isRuntime(name: string): name is Runtime {
  return Object.hasOwn(executables, name)
}

export function executable(runtime: Runtime): string {
  return executables[runtime]
}

export function isNode(runtime: Runtime): boolean {
  return runtime !== 'bun'
}

/** Name and version, such as `Node 24.21.0`. */
export async function describeRuntime(runtime: Runtime, signal: AbortSignal): Promise<string> {
  const version = (await runOn(runtime, ['--version'], signal)).trim().replace(/^v/, '')
  return `${isNode(runtime) ? 'Node' : 'Bun'} ${version}`
}

/** Runs a program; returns its output. */
export async function runOn(runtime: Runtime, args: readonly string[], signal: AbortSignal): Promise<string> {
  const { PATH = '' } = process.env
  // Allocation is measured on Bun with its collector off. No other variable may configure the program.
  const env = args.some((arg) => arg.endsWith('allocation.ts')) ? { PATH, BUN_JSC_useGC: '0' } : { PATH }
  const { stdout } = await promisify(execFile)(executable(runtime), args, {
    env,
    signal,
    timeout: 600_000,
    maxBuffer: 2 ** 24,
  })
  return stdout
}
