/** Messages between the supervisor and its threads. All of them can be cloned. */
import type { SharedMetrics } from '../../metrics/index.ts'
import type { Config } from '../startup/config.ts'

/** A thread's `workerData`. */
export interface ThreadStart {
  /** Index of the thread, from 0. A replacement has the index of the thread that it replaces. */
  thread: number
  /** Configuration of this thread: with its share of the memory, and the port that the first thread listens on. */
  config: Config
  /** Readable log lines instead of JSON. Passed on because a thread's stdout is never a terminal. */
  readable: boolean
  /** Start of the process, epoch ms. */
  startedAt: number
  metrics: SharedMetrics
  /** Shared memory of the invalidation bus. */
  invalidationMemory: SharedArrayBuffer
}

/** From the supervisor to a thread. */
export type ThreadCommand = { type: 'stop' }

/** From a thread to the supervisor. After `failed` and `stopped` the thread ends. */
export type ThreadReport =
  | { type: 'listening'; port: number }
  /** The thread cannot start. `reason` is a message for the operator. */
  | { type: 'failed'; reason: string }
  /** Reply to `stop`; `drained` is true when every received request has finished. */
  | { type: 'stopped'; drained: boolean }
