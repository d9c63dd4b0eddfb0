/** Entry of the program `hitrate` on Node and Bun. The process and each thread of the proxy start with it. */
import process from 'node:process'
import { isMainThread } from 'node:worker_threads'
import type { ProxyOptions } from '../proxy/proxy-options.ts'

if (isMainThread) await runMain()
else await startProxy(noOptions)

async function runMain(): Promise<void> {
  const { runCli } = await import('./run-cli.ts')
  const { openCheckParts } = await import('./check/open-check-parts.ts')
  const result = await runCli({
    args: process.argv.slice(2),
    environment: process.env,
    isTerminal: process.stdout.isTTY === true,
    checkParts: openCheckParts,
  })
  if ('upstream' in result) return startProxy(() => result)
  const { out, err, exitCode } = result
  process.stderr.write(err)
  // Idle connections to the upstream would keep the process alive. A pipe takes its text before the callback only.
  process.stdout.write(out, () => process.exit(exitCode))
}

async function startProxy(options: () => ProxyOptions): Promise<void> {
  const { runProxy } = await import('../proxy/run-proxy.ts')
  await runProxy(options)
}

/** Threads of the proxy get their options from the main thread. */
function noOptions(): never {
  throw new Error('A thread reads no options')
}
