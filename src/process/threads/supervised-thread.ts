/** A worker thread from the view of its supervisor. Messages and events of the worker resolve promises. */
import { Worker } from 'node:worker_threads'
import { errorText } from '../logging/log.ts'
import type { ThreadCommand, ThreadReport, ThreadStart } from './messages.ts'

export interface SupervisedThread {
  /** Resolves with the port once the thread listens, or with `undefined` if it ends before that. */
  readonly listening: Promise<number | undefined>
  /** Resolves once the thread has noticed that all threads listen, or has ended. */
  readonly ready: Promise<void>
  /** Resolves once the listener of the thread is closed, or the thread has ended. */
  readonly closed: Promise<void>
  readonly ended: Promise<ThreadEnd>
  /** Sends a command to the thread. */
  send(type: ThreadCommand['type']): void
}

export interface ThreadEnd {
  /** True if the thread was stopped and had finished every received request. */
  drained: boolean
  /** Reason why the thread ended, as a message for the operator. */
  reason: string
}

/** Runs the program in a new thread. Never throws: if the thread cannot start, `ended` resolves with the reason. */
export function startThread(entry: string, start: ThreadStart): SupervisedThread {
  let worker: Worker
  try {
    worker = new Worker(new URL(entry), { workerData: start })
  } catch (error) {
    return failedThread(errorText(error)) // thrown if the system has no resources for another thread
  }
  let reason: string | undefined
  let drained = false
  const listening = Promise.withResolvers<number | undefined>()
  const ready = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<ThreadEnd>()

  worker.on('message', (report: ThreadReport) => {
    switch (report.type) {
      case 'listening':
        return listening.resolve(report.port)
      case 'failed':
        reason = report.reason
        return
      case 'ready':
        return ready.resolve()
      case 'closed':
        return closed.resolve()
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
    ready.resolve()
    closed.resolve()
    ended.resolve({ drained, reason: reason ?? `The thread exited with code ${code}` })
  })

  return {
    listening: listening.promise,
    ready: ready.promise,
    closed: closed.promise,
    ended: ended.promise,
    send: (type) => worker.postMessage({ type } satisfies ThreadCommand),
  }
}

/** The result of `startThread` for a thread that could not be created. */
function failedThread(reason: string): SupervisedThread {
  return {
    listening: Promise.resolve(undefined),
    ready: Promise.resolve(),
    closed: Promise.resolve(),
    ended: Promise.resolve({ drained: false, reason }),
    send() {},
  }
}
