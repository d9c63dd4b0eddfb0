/** Runs the proxy as a process on Bun and Node. */
import process from 'node:process'
import { isMainThread } from 'node:worker_threads'
import { watchStopSignal } from '../process/runtimes/stop-signal.ts'
import type { ProxyOptions } from './proxy-options.ts'

/**
 * Runs the proxy until SIGTERM or SIGINT, then ends the process: with 0 if every request was answered, with 1 if the proxy could
 * not start or did not finish in time. A problem with an option is one message on standard error.
 *
 * Each thread starts with the same program. In a worker thread (`isMainThread` is false) the program must call this function too;
 * the thread gets its configuration from the main thread.
 *
 * @param options called in the main thread only.
 */
export async function runProxy(options: () => ProxyOptions): Promise<void> {
  const stopSignal = isMainThread ? watchStopSignal() : undefined
  // Not static imports: a signal must be watched before the rest is loaded, and each runtime needs its own part only.
  const { runProcess } = await import('../process/runtimes/run-process.ts')
  const { proxyProgram } = await import('./process/proxy-program.ts')
  if (process.versions.bun !== undefined) {
    const { bunRuntime } = await import('../process/runtimes/bun-runtime.ts')
    const { bunSend } = await import('./upstream/bun-send.ts')
    const connect = () => ({ send: bunSend, close() {} })
    return runProcess(bunRuntime(), proxyProgram(options, connect), stopSignal)
  }
  const { nodeRuntime } = await import('../process/runtimes/node-runtime.ts')
  const { nodeConnections } = await import('./upstream/node-send.ts')
  return runProcess(nodeRuntime(), proxyProgram(options, nodeConnections), stopSignal)
}
