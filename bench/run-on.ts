/** Runs a program of a benchmark on one of the runtimes, and gives what it printed. */
import { execFile } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export type Runtime = 'node' | 'bun'

export async function runOn(runtime: Runtime, args: readonly string[], signal: AbortSignal): Promise<string> {
  const { PATH = '' } = process.env
  // No collector on Bun where garbage is what is measured; nothing else that is set here should configure it.
  const env = args.some((arg) => arg.endsWith('allocation.ts')) ? { PATH, BUN_JSC_useGC: '0' } : { PATH }
  const executable = fileURLToPath(new URL(`../node_modules/.bin/${runtime}`, import.meta.url))
  const { stdout } = await promisify(execFile)(executable, args, {
    env,
    signal,
    timeout: 600_000,
    maxBuffer: 2 ** 24,
  })
  return stdout
}
