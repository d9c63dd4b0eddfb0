/**
 * A program as a process on Bun and Node. Reads the configuration, serves, and finishes the requests in progress after a
 * signal.
 */
import process from 'node:process'
import type { Logger } from '@logtape/logtape'
import { version } from '../../version.ts'
import { openLog } from '../logging/log.ts'
import { pause } from '../pause.ts'
import { logBatches } from '../serving/log-batches.ts'
import type { Program } from '../serving/program.ts'
import type { Runtime } from '../serving/runtime.ts'
import { addressOf, DRAIN_MS, type RunningProgram, serve } from '../serving/serve.ts'
import type { ProcessConfig } from '../startup/process-config.ts'
import { StartError, startErrorMessage } from '../startup/start-error.ts'
import type { StopSignal } from './stop-signal.ts'

/**
 * Runs the program until the signal. The exit code is 0 if every request was answered, and 1 if it could not start or did
 * not finish in time. A signal during the start stops it: the exit code is 0 too. Worker threads start with the same file, so in a
 * worker this function runs the thread.
 *
 * @param stopSignal absent in a worker thread.
 */
export async function runProcess<Config extends ProcessConfig>(
  runtime: Runtime,
  program: Program<Config>,
  stopSignal: StopSignal | undefined,
): Promise<void> {
  if (stopSignal === undefined) return (await import('../threads/run-thread.ts')).runThread(runtime, program)

  // Without a listener, a reader that closes the pipe of the log ends the process. Its lines are lost, but no request is.
  process.stdout.on('error', () => {})
  const startedAt = Date.now() - process.uptime() * 1000
  const readable = process.stdout.isTTY === true
  let config: Config
  let log: Logger
  let running: RunningProgram
  try {
    config = program.readConfig(runtime)
    const level = config.logLevel
    const opened = openLog({ level, readable, colored: !process.env.NO_COLOR, batches: logBatches() })
    log = opened.log
    const starting =
      config.threads === 1
        ? serve({ runtime, program, config, ...opened, startedAt })
        : (await import('../threads/supervisor.ts')).supervise({
            ...{ runtime, program, config, log, startedAt, readable },
            isStopRequested: () => stopSignal.name !== undefined,
          })
    running = await Promise.race([starting, startTookTooLong(stopSignal)])
  } catch (error) {
    exitWithStartError(error)
  }
  const hasStarted = stopSignal.name === undefined
  if (hasStarted) {
    const { host } = addressOf(config)
    const { port } = running
    const announced = program.announcement({ config, host, port, version, runtime: runtime.name })
    if (readable) process.stdout.write(announced.text)
    else log.info('Listening', announced.fields)
  }

  const signal = await stopSignal.received
  running.setPhase('stopping')
  const delayMs = hasStarted ? config.shutdownDelayMs : 0
  if (delayMs > 0) {
    log.info('Stopping: accepting connections until the delay is over', { signal, delayMs })
    await pause(delayMs)
  }
  log.info('Stopping: finishing requests in progress', { signal })
  await running.closeListener()
  const drained = await running.finish()
  if (drained) log.info('Stopped')
  else log.error('Stopped with unfinished requests', { drainMs: DRAIN_MS })
  process.exit(drained ? 0 : 1)
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
