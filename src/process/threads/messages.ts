/** Messages between the supervisor and its threads. Structured cloning supports all of them. */
import type { SharedMetrics } from '../../metrics/index.ts'
import type { Phase } from '../phase.ts'
import type { ProcessConfig } from '../startup/process-config.ts'

/** The `workerData` of a thread. */
export interface ThreadStart<Config extends ProcessConfig = ProcessConfig> {
  /** Index of the thread, from 0. A replacement has the index of the thread that it replaces. */
  thread: number
  /** Configuration of this thread. `cache` has the thread's share of the limits, and `port` is the port of the first thread. */
  config: Config
  /** True for readable log lines instead of JSON. The supervisor decides this, because a thread's stdout is never a terminal. */
  readable: boolean
  /** Start of the process, epoch ms. */
  startedAt: number
  /** `starting`, except for a replacement. */
  phase: Phase
  metrics: SharedMetrics
  /** Shared memory of the invalidation bus. */
  invalidationMemory: SharedArrayBuffer
}

/**
 * A message from the supervisor to a thread: all threads listen; a signal has arrived; the listener is to be closed; all listeners
 * are closed, so the thread finishes its requests and ends.
 */
export type ThreadCommand = { type: 'ready' | 'stopping' | 'closeListener' | 'finish' }

/** A message from a thread to the supervisor. After `failed` and `stopped` the thread ends. */
export type ThreadReport =
  | { type: 'listening'; port: number }
  /** The thread cannot start. `reason` is a message for the operator. */
  | { type: 'failed'; reason: string }
  /** Replies to `ready` and `closeListener`. */
  | { type: 'ready' | 'closed' }
  /** Reply to `finish`. `drained` is true if every received request has finished. */
  | { type: 'stopped'; drained: boolean }
