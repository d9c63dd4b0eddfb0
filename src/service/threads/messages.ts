/** What the supervisor and its threads say to one another. All of it can be cloned. */
import type { SharedMetrics } from '../../metrics/index.ts'
import type { Config } from '../startup/config.ts'

/** What a thread is given at its start, as `workerData`. */
export interface ThreadStart {
  /** Its number, from 0. A thread that replaces another has the other's. */
  thread: number
  /** As this thread is to have it: its share of the memory, and the port that the first one took. */
  config: Config
  /** Log lines for a person at a terminal: a thread cannot see where they go. */
  readable: boolean
  /** When the process started, epoch ms. */
  startedAt: number
  metrics: SharedMetrics
  /** What tells the other threads what to forget. */
  rings: SharedArrayBuffer
}

/** To a thread. */
export type ThreadOrder = { type: 'stop' }

/** From a thread. After `refused` and `stopped` it ends. */
export type ThreadReport =
  | { type: 'listening'; port: number }
  /** It cannot start, in words. */
  | { type: 'refused'; reason: string }
  /** It was told to; `drained` when everything it had received was answered. */
  | { type: 'stopped'; drained: boolean }
