/** A worker thread as its supervisor sees it: messages and events of the worker become promises. */
import { Worker } from 'node:worker_threads'
import { errorText } from '../logging/log.ts'
import type { ThreadCommand, ThreadReport, ThreadStart } from './messages.ts'

export interface SupervisedThread {
  /** The port once the thread listens; `undefined` if it ended before. */
  readonly listening: Promise<number | undefined>
  readonly ended: Promise<ThreadEnd>
  /** Asks the thread to finish its requests and end. */
  stop(): void
}

export interface ThreadEnd {
  /** The thread was stopped, and had finished every received request. */
  drained: boolean
  /** Cause of the end, as a message for the operator. */
  reason: string
}

/** Runs the program in a new thread. Never throws: a failure to start is reported by `ended`. */
export function startThread(entry: string, start: ThreadStart): SupervisedThread {
  let worker: Worker
  try {
    worker = new Worker(new URL(entry), { workerData: start })
  } catch (error) {
    return failedThread(errorText(error)) // the system has no resources for another thread
  }
  let reason: string | undefined
  let drained = false
  const listening = Promise.withResolvers<number | undefined>()
  const ended = Promise.withResolvers<ThreadEnd>()

  worker.on('message', (report: ThreadReport) => {
    switch (report.type) {
      case 'listening':
        return listening.resolve(report.port)
      case 'failed':
        reason = report.reason
        return
      case 'stopped':
        drained = report.drained
        reason = 'The thread was stopped'
        return
      default:
        return report satisfies never
    }
  })
  worker.on('error', (error: unknown) => {
    reason = errorText(error)
  })
  worker.once('exit', (code) => {
    listening.resolve(undefined)
    ended.resolve({ drained, reason: reason ?? `The thread exited with code ${code}` })
  })

  return {
    listening: listening.promise,
    ended: ended.promise,
    stop: () => worker.postMessage({ type: 'stop' } satisfies ThreadCommand),
  }
}

/** A thread that could not be created. */
function failedThread(reason: string): SupervisedThread {
  return {
    listening: Promise.resolve(undefined),
    ended: Promise.resolve({ drained: false, reason }),
    stop() {},
  }
}
