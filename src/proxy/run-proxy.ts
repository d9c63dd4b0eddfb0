/** Runs the proxy as a process on Bun and Node. */
import { StartError } from '../process/startup/start-error.ts'
import type { ProxyOptions } from './proxy-options.ts'

/**
 * Runs the proxy until SIGTERM or SIGINT, then ends the process: with 0 if every request was answered, with 1 if the proxy could
 * not start or did not finish in time. Never rejects; a problem with an option is one message on standard error.
 *
 * Each thread starts with the same program. In a worker thread (`isMainThread` is false) the program must call this function
 * without reading its arguments; the thread then gets its options from the main thread.
 *
 * @param options a function, which is called in the main thread only.
 */
export async function runProxy(options: () => ProxyOptions): Promise<never> {
  throw new StartError(`The proxy to ${options().upstream} cannot run yet`)
}
