/** Runs one thread of several: serves until the supervisor sends `stop`. The main thread handles signals. */
import process from 'node:process'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { sharedMemoryBus } from '../../cache/invalidation/shared-memory-bus.ts'
import { openLog } from '../logging/log.ts'
import { logBatches } from '../serving/log-batches.ts'
import type { Program } from '../serving/program.ts'
import type { Runtime } from '../serving/runtime.ts'
import { type RunningProgram, serve } from '../serving/serve.ts'
import type { ProcessConfig } from '../startup/process-config.ts'
import { startErrorMessage } from '../startup/start-error.ts'
import type { ThreadCommand, ThreadReport, ThreadStart } from './messages.ts'

/** Runs the program in this thread. @throws {Error} outside a worker thread. */
export async function runThread<Config extends ProcessConfig>(
  runtime: Runtime,
  program: Program<Config>,
): Promise<never> {
  if (parentPort === null) throw new Error('runThread must be called in a worker thread')
  const supervisor: MessagePort = parentPort
  const { thread, config, readable, startedAt, phase, metrics, invalidationMemory } =
    workerData as ThreadStart<Config> // set by startThread
  const closeCommand = Promise.withResolvers<void>()
  const finishCommand = Promise.withResolvers<void>()
  let running: RunningProgram | undefined

  function report(message: ThreadReport): void {
    supervisor.postMessage(message)
  }

  function obey(command: ThreadCommand): void {
    switch (command.type) {
      case 'ready':
        running?.setPhase('ready')
        report({ type: 'ready' })
        break
      case 'stopping':
        running?.setPhase('stopping')
        break
      case 'closeListener':
        closeCommand.resolve()
        break
      case 'finish':
        finishCommand.resolve()
        break
      default:
        command.type satisfies never
    }
  }

  // Listens before `serve()`, because commands may arrive before this thread listens on its port. The listener keeps the thread alive.
  supervisor.on('message', obey)
  const colored = !process.env.NO_COLOR
  const { log, accessLines } = openLog({
    level: config.logLevel,
    readable,
    colored,
    thread,
    batches: logBatches(),
  })
  try {
    const invalidationBus = sharedMemoryBus(invalidationMemory, thread)
    const threadContext = { metrics, invalidationBus }
    running = await serve({ runtime, program, config, log, accessLines, startedAt, threadContext, phase })
  } catch (error) {
    report({ type: 'failed', reason: startErrorMessage(error) })
    process.exit(1) // in a worker, this ends the thread and not the process
  }
  report({ type: 'listening', port: running.port })
  await closeCommand.promise
  await running.closeListener()
  report({ type: 'closed' })
  await finishCommand.promise
  report({ type: 'stopped', drained: await running.finish() })
  process.exit(0)
}
