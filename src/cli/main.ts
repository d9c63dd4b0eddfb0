/** Entry of the program `hitrate` on Node and Bun. The process and each thread of the proxy start with it. */
import process from 'node:process'
import { isMainThread } from 'node:worker_threads'
import type { ProxyOptions } from '../proxy/proxy-options.ts'
import type { CheckOptions } from './check/check-options.ts'
import type { CheckParts } from './check/check-url.ts'

if (isMainThread) await runMain()
else await startProxy(noOptions)

async function runMain(): Promise<void> {
  const { runCli } = await import('./run-cli.ts')
  const result = await runCli({
    args: process.argv.slice(2),
    environment: process.env,
    isTerminal: process.stdout.isTTY === true,
    checkParts,
  })
  if ('upstream' in result) return startProxy(() => result)
  const { out, err, exitCode } = result
  process.stderr.write(err)
  // Idle connections to the upstream would keep the process alive. A pipe takes its text before the callback only.
  process.stdout.write(out, () => process.exit(exitCode))
}

async function checkParts(options: CheckOptions): Promise<CheckParts> {
  const { openCheckParts } = await import('./check/open-check-parts.ts')
  const { openConnections } = await import('./check/open-connections.ts')
  return openCheckParts(options, await openConnections())
}

async function startProxy(options: () => ProxyOptions): Promise<void> {
  const { runProxy } = await import('../proxy/run-proxy.ts')
  await runProxy(options)
}

/** Threads of the proxy get their options from the main thread. */
function noOptions(): never {
  throw new Error('A thread reads no options')
}
