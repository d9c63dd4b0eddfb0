/** Messages between the supervisor and its threads. Structured cloning supports all of them. */
import type { SharedMetrics } from '../../metrics/index.ts'
import type { Config } from '../startup/config.ts'

/** The `workerData` of a thread. */
export interface ThreadStart {
  /** Index of the thread, from 0. A replacement has the index of the thread that it replaces. */
  thread: number
  /** Configuration of this thread. `cache` has the thread's share of the limits, and `port` is the port of the first thread. */
  config: Config
  /** True for readable log lines instead of JSON. The supervisor decides this, because a thread's stdout is never a terminal. */
  readable: boolean
  /** Start of the process, epoch ms. */
  startedAt: number
  metrics: SharedMetrics
  /** Shared memory of the invalidation bus. */
  invalidationMemory: SharedArrayBuffer
}

/** A message from the supervisor to a thread. */
export type ThreadCommand = { type: 'stop' }

/** A message from a thread to the supervisor. After `failed` and `stopped` the thread ends. */
export type ThreadReport =
  | { type: 'listening'; port: number }
  /** The thread cannot start. `reason` is a message for the operator. */
  | { type: 'failed'; reason: string }
  /** Reply to `stop`. `drained` is true if every received request has finished. */
  | { type: 'stopped'; drained: boolean }
