/** A thread as its supervisor sees it. */
import { Worker } from 'node:worker_threads'
import { errorText } from '../logging/log.ts'
import type { ThreadOrder, ThreadReport, ThreadStart } from './messages.ts'

export interface RunningThread {
  /** Its port once it listens; undefined when it ended before. */
  readonly listening: Promise<number | undefined>
  readonly ended: Promise<ThreadEnd>
  /** Lets it finish what it has received, and end. */
  stop(): void
}

export interface ThreadEnd {
  /** It was told to stop, and everything it had received was answered. */
  drained: boolean
  /** Why it ended, in words. */
  reason: string
}

/** Runs the program in a new thread. Never throws: what goes wrong is told by its end. */
export function startThread(entry: string, start: ThreadStart): RunningThread {
  let worker: Worker
  try {
    worker = new Worker(new URL(entry), { workerData: start })
  } catch (error) {
    return stillborn(errorText(error)) // the system has no room for one more thread
  }
  let reason: string | undefined
  let drained = false
  const listening = Promise.withResolvers<number | undefined>()
  const ended = Promise.withResolvers<ThreadEnd>()

  worker.on('message', (report: ThreadReport) => {
    switch (report.type) {
      case 'listening':
        return listening.resolve(report.port)
      case 'refused':
        reason = report.reason
        return
      case 'stopped':
        drained = report.drained
        reason = 'It was told to stop'
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
    ended.resolve({ drained, reason: reason ?? `It ended with code ${code}` })
  })

  return {
    listening: listening.promise,
    ended: ended.promise,
    stop: () => worker.postMessage({ type: 'stop' } satisfies ThreadOrder),
  }
}

function stillborn(reason: string): RunningThread {
  return {
    listening: Promise.resolve(undefined),
    ended: Promise.resolve({ drained: false, reason }),
    stop() {},
  }
}
