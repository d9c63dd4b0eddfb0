/** Runs one thread of several: serves until the supervisor sends `stop`. The main thread handles signals. */
import process from 'node:process'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { sharedMemoryBus } from '../../cache/invalidation/shared-memory-bus.ts'
import { openLog } from '../logging/log.ts'
import { type RunningService, type Runtime, serve } from '../serving/serve.ts'
import { startErrorMessage } from '../startup/start-error.ts'
import type { ThreadCommand, ThreadReport, ThreadStart } from './messages.ts'

/** Runs the service in this thread. @throws {Error} outside a worker thread. */
export async function runThread(runtime: Runtime): Promise<never> {
  if (parentPort === null) throw new Error('runThread must be called in a worker thread')
  const supervisor: MessagePort = parentPort
  const { thread, config, readable, startedAt, metrics, invalidationMemory } = workerData as ThreadStart // set by startThread
  // Listens for the command before `serve()`, because the command may arrive before this thread listens on its port.
  const stopCommand = nextCommand(supervisor)
  const log = openLog({ level: config.logLevel, readable, thread })

  function report(message: ThreadReport): void {
    supervisor.postMessage(message)
  }

  let service: RunningService
  try {
    const invalidationBus = sharedMemoryBus(invalidationMemory, thread)
    service = await serve({ runtime, config, log, startedAt, threadContext: { metrics, invalidationBus } })
  } catch (error) {
    report({ type: 'failed', reason: startErrorMessage(error) })
    process.exit(1) // in a worker, this ends the thread and not the process
  }
  report({ type: 'listening', port: service.port })
  await stopCommand
  report({ type: 'stopped', drained: await service.stop() })
  process.exit(0)
}

/** Resolves with the next command. Until then, the listener also keeps the thread alive. */
function nextCommand(supervisor: MessagePort): Promise<ThreadCommand> {
  return new Promise((resolve) => supervisor.once('message', resolve))
}
