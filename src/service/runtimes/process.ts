/**
 * The service as a process on Bun and Node. Reads the configuration, serves, and finishes the requests in progress after a
 * signal.
 */
import process from 'node:process'
import type { Logger } from '@logtape/logtape'
import { version } from '../../version.ts'
import { openLog } from '../logging/log.ts'
import { pause } from '../pause.ts'
import { logBatches } from '../serving/log-batches.ts'
import { addressOf, DRAIN_MS, type RunningService, type Runtime, serve } from '../serving/serve.ts'
import { announcementOf } from '../startup/announcement.ts'
import { type Config, readConfig } from '../startup/config.ts'
import { processMemoryLimit } from '../startup/memory/process-memory-limit.ts'
import { isSameFile } from '../startup/same-file.ts'
import { StartError, startErrorMessage } from '../startup/start-error.ts'
import type { StopSignal } from './stop-signal.ts'

/**
 * Runs the service until the signal. The exit code is 0 if every request was answered, and 1 if the service could not start or did
 * not finish in time. A signal during the start stops it: the exit code is 0 too. Worker threads start with the same file, so in a
 * worker this function runs the thread.
 *
 * @param stopSignal absent in a worker thread.
 */
export async function runProcess(runtime: Runtime, stopSignal: StopSignal | undefined): Promise<void> {
  if (stopSignal === undefined) return (await import('../threads/run-thread.ts')).runThread(runtime)

  // Without a listener, a reader that closes the pipe of the log ends the process. Its lines are lost, but no request is.
  process.stdout.on('error', () => {})
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
      memoryLimit: processMemoryLimit,
    })
    const level = config.logLevel
    const opened = openLog({ level, readable, colored: !process.env.NO_COLOR, batches: logBatches() })
    log = opened.log
    const starting =
      config.threads === 1
        ? serve({ runtime, config, ...opened, startedAt })
        : (await import('../threads/supervisor.ts')).supervise({
            ...{ runtime, config, log, startedAt, readable },
            isStopRequested: () => stopSignal.name !== undefined,
          })
    service = await Promise.race([starting, startTookTooLong(stopSignal)])
  } catch (error) {
    exitWithStartError(error)
  }
  const hasStarted = stopSignal.name === undefined
  if (hasStarted) announce({ runtime, config, log, readable, port: service.port })

  const signal = await stopSignal.received
  service.setPhase('stopping')
  const delayMs = hasStarted ? config.shutdownDelayMs : 0
  if (delayMs > 0) {
    log.info('Stopping: accepting connections until the delay is over', { signal, delayMs })
    await pause(delayMs)
  }
  log.info('Stopping: finishing requests in progress', { signal })
  await service.closeListener()
  const drained = await service.finish()
  if (drained) log.info('Stopped')
  else log.error('Stopped with unfinished requests', { drainMs: DRAIN_MS })
  process.exit(drained ? 0 : 1)
}

interface Announcement {
  runtime: Runtime
  config: Config
  log: Logger
  readable: boolean
  port: number
}

function announce({ runtime, config, log, readable, port }: Announcement): void {
  const { host } = addressOf(config)
  const { fields, text } = announcementOf({ config, host, port, version, runtime: runtime.name })
  if (readable) process.stdout.write(text)
  else log.info('Listening', fields)
}

/** Rejects if the start goes on for `DRAIN_MS` after a signal. */
async function startTookTooLong({ received }: StopSignal): Promise<never> {
  const signal = await received
  await pause(DRAIN_MS)
  throw new StartError(`The start did not end within ${DRAIN_MS} ms after ${signal}`)
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
