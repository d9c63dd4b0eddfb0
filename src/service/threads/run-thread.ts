/** The life of one thread among several: serve until the supervisor sends `stop`. The main thread handles signals. */
import process from 'node:process'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { sharedMemoryBus } from '../../cache/invalidation/shared-memory-bus.ts'
import { openLog } from '../logging/log.ts'
import { type RunningService, type Runtime, serve } from '../serving/serve.ts'
import { startErrorMessage } from '../startup/start-error.ts'
import type { ThreadCommand, ThreadReport, ThreadStart } from './messages.ts'

/** @throws {Error} outside a worker thread. */
export async function runThread(runtime: Runtime): Promise<never> {
  if (parentPort === null) throw new Error('runThread must be called in a worker thread')
  const supervisor: MessagePort = parentPort
  const { thread, config, readable, startedAt, metrics, invalidationMemory } = workerData as ThreadStart // from startThread
  const stopCommand = nextCommand(supervisor) // before serve(): the command may arrive before this thread listens
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
    process.exit(1) // ends this thread, not the process
  }
  report({ type: 'listening', port: service.port })
  await stopCommand
  report({ type: 'stopped', drained: await service.stop() })
  process.exit(0)
}

/** Resolves with the next command. The listener also keeps the thread alive until then. */
function nextCommand(supervisor: MessagePort): Promise<ThreadCommand> {
  return new Promise((resolve) => supervisor.once('message', resolve))
}
