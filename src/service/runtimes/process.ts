/**
 * The service as a process on Bun and Node. Reads the configuration, serves, and finishes the requests in progress after a
 * signal.
 */
import process from 'node:process'
import type { Logger } from '@logtape/logtape'
import { version } from '../../version.ts'
import { openLog } from '../logging/log.ts'
import { addressOf, DRAIN_MS, type RunningService, type Runtime, serve } from '../serving/serve.ts'
import { announcementOf } from '../startup/announcement.ts'
import { type Config, readConfig } from '../startup/config.ts'
import { isSameFile } from '../startup/same-file.ts'
import { startErrorMessage } from '../startup/start-error.ts'

/**
 * Runs the service until SIGTERM or SIGINT. The exit code is 0 if every request was answered, and 1 if the service could not
 * start or did not finish in time. Worker threads start with the same file, so in a worker this function runs the thread.
 */
export async function runProcess(runtime: Runtime): Promise<void> {
  if (!runtime.isMainThread) return (await import('../threads/run-thread.ts')).runThread(runtime)

  const startedAt = Date.now() - process.uptime() * 1000
  const readable = process.stdout.isTTY === true
  let config: Config
  let log: Logger
  let service: RunningService
  try {
    config = readConfig(process.env, {
      defaultHost: '127.0.0.1',
      singleThreadReason: singleThreadReason(),
      defaultSocketHits: runtime.defaultSocketHits,
      isSameFile,
    })
    log = openLog({ level: config.logLevel, readable })
    service =
      config.threads === 1
        ? await serve({ runtime, config, log, startedAt })
        : await (await import('../threads/supervisor.ts')).supervise({
            runtime,
            config,
            log,
            startedAt,
            readable,
          })
  } catch (error) {
    exitWithStartError(error)
  }
  // Listens for signals before the announcement, because a client may send one as soon as it reads the announcement.
  const signal = firstSignal()
  const { host } = addressOf(config)
  const { fields, text } = announcementOf({
    config,
    host,
    port: service.port,
    version,
    runtime: runtime.name,
  })
  if (readable) process.stdout.write(text)
  else log.info('Listening', fields)

  log.info('Stopping: finishing requests in progress', { signal: await signal })
  const drained = await service.stop()
  if (drained) log.info('Stopped')
  else log.error('Stopped with unfinished requests', { drainMs: DRAIN_MS })
  process.exit(drained ? 0 : 1)
}

function exitWithStartError(error: unknown): never {
  process.stderr.write(`hitrate cannot start. ${startErrorMessage(error)}\n`)
  process.exit(1)
}

/** The reason why this operating system allows only one thread; `undefined` if it allows several. */
function singleThreadReason(): string | undefined {
  const canSharePort = process.platform !== 'darwin' && process.platform !== 'win32'
  return canSharePort ? undefined : 'this system does not spread connections over threads, Linux does'
}

/**
 * Resolves with the first signal. The second signal ends the process at once. The listeners stay registered, because without a
 * listener the operating system kills the process, which then has no exit code.
 */
function firstSignal(): Promise<string> {
  return new Promise((resolve) => {
    let isStopping = false
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (isStopping) process.exit(1)
        isStopping = true
        resolve(signal)
      })
    }
  })
}
