/**
 * Entry of `npm run dev` on Bun and Node: the service, whose page has buttons that make the database slow, break it, and send a
 * crowd. It listens for signals before it loads the rest.
 */
import { isMainThread } from 'node:worker_threads'
import { watchStopSignal } from '../../process/runtimes/stop-signal.ts'

const stopSignal = isMainThread ? watchStopSignal() : undefined
const { devProgram } = await import('../development/dev-program.ts')
const { runProcess } = await import('../../process/runtimes/run-process.ts')
await runProcess(await openRuntime(), devProgram, stopSignal)

async function openRuntime() {
  if ('Bun' in globalThis) return (await import('../../process/runtimes/bun-runtime.ts')).bunRuntime()
  return (await import('../../process/runtimes/node-runtime.ts')).nodeRuntime()
}
