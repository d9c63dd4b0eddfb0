/** Starts the service of a checkout as a process. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { executable, isNode, type Runtime } from '../runtimes.ts'

export interface StartedService {
  url: string
  stop(): void
}

export function startService(
  runtime: Runtime,
  checkout: string,
  file: string,
  signal: AbortSignal,
): Promise<StartedService> {
  const program = join(checkout, `src/service/runtimes/${isNode(runtime) ? 'node' : 'bun'}.ts`)
  const { PATH = '' } = process.env
  const child = spawn(executable(runtime), [program], {
    env: { PATH, PORT: '0', DATABASE_URL: `sqlite:${file}` },
    signal,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return new Promise((resolve, reject) => {
    let output = ''
    function read(chunk: Buffer): void {
      output += chunk.toString()
      const url = /"url":"(http[^"]+)"/.exec(output)?.[1]
      if (url !== undefined) resolve({ url, stop: () => child.kill() })
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`The service did not start:\n${output}`)))
  })
}
