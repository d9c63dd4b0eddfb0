/** The life of one thread among several: serve, and stop when the supervisor says so. Signals are not its business. */
import process from 'node:process'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { sharedMemoryBus } from '../../cache/invalidation/shared-memory-bus.ts'
import { openLog } from '../logging/log.ts'
import { type Runtime, type Serving, serve } from '../serving/serve.ts'
import { whyNotStarted } from '../startup/start-error.ts'
import type { ThreadOrder, ThreadReport, ThreadStart } from './messages.ts'

/** @throws when this is no thread that the supervisor has started. */
export async function runThread(runtime: Runtime): Promise<never> {
  if (parentPort === null) throw new Error('This is not a thread')
  const supervisor: MessagePort = parentPort
  const { thread, config, readable, startedAt, metrics, rings } = workerData as ThreadStart // as startThread gave it
  const told = nextOrder(supervisor) // first: it may come before this thread listens
  const log = openLog({ level: config.logLevel, readable, thread })

  function report(message: ThreadReport): void {
    supervisor.postMessage(message)
  }

  let serving: Serving
  try {
    const invalidationBus = sharedMemoryBus(rings, thread)
    serving = await serve({ runtime, config, log, startedAt, place: { metrics, invalidationBus } })
  } catch (error) {
    report({ type: 'refused', reason: whyNotStarted(error) })
    process.exit(1) // ends this thread, not the process
  }
  report({ type: 'listening', port: serving.port })
  await told
  report({ type: 'stopped', drained: await serving.stop() })
  process.exit(0)
}

/** Also keeps the thread alive until it comes. */
function nextOrder(supervisor: MessagePort): Promise<ThreadOrder> {
  return new Promise((resolve) => supervisor.once('message', resolve))
}
