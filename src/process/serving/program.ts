/** A program that a process runs: the service, or the proxy. */
import type { Logger } from '@logtape/logtape'
import type { Hono } from 'hono'
import type { Cache } from '../../cache/cache.ts'
import type { InvalidationBus } from '../../cache/invalidation/invalidation-bus.ts'
import type { Schedule } from '../../cache/timing/schedule.ts'
import type { FrontHits } from '../../http/front/front-hits.ts'
import type { ProcessReaders, Registry } from '../../metrics/index.ts'
import type { AccessLines } from '../logging/access-log.ts'
import type { RepeatedLines } from '../logging/repeated-lines.ts'
import type { Phase } from '../phase.ts'
import type { ClientOf } from '../requests/answered-request.ts'
import type { ProcessConfig } from '../startup/process-config.ts'
import type { LoggedTier } from '../startup/tiers/opened-tier.ts'
import type { Runtime } from './runtime.ts'

/** @typeParam Config it is sent to the threads, so structured cloning must support it. */
export interface Program<Config extends ProcessConfig = ProcessConfig> {
  /** Reads and checks the configuration, in the main thread. @throws {StartError} */
  readConfig(runtime: Runtime): Config
  /** Opens the program in one thread. @throws {StartError} */
  open(options: OpenProgramOptions<Config>): Promise<OpenedProgram>
  /** The announcement of a program that listens. */
  announcement(options: AnnouncementOptions<Config>): Announcement
  /** Describes an address in error messages, with the names that the operator has set it by. */
  describeAddress(host: string, port: number): string
}

export interface OpenProgramOptions<Config> {
  config: Config
  log: Logger
  /** Takes the lines of the access log. Default: they pass `log`. */
  accessLines: AccessLines | undefined
  /** `bun` or `node`, followed by its version. */
  runtime: string
  /** Readers of the process metrics. */
  process: ProcessReaders
  /** Start of the process, epoch ms. */
  startedAt: number
  /** Connects the cache with the caches of the other threads. `undefined` when this is the only thread. */
  invalidationBus: InvalidationBus | undefined
  /** The shared tier of the cache; `undefined` without one. */
  sharedTier: LoggedTier | undefined
  /** The phase of the process. */
  phase: () => Phase
  /** Finds the address of a client. */
  clientOf: ClientOf
  /** Timers that do not keep the process running. */
  schedule: Schedule
}

export interface OpenedProgram {
  fetch: Hono['fetch']
  /** The hits that the server may send itself. */
  hits: FrontHits
  cache: Cache
  registry: Registry
  /** Log lines that repeat. Closing them writes the counts that are held back. */
  lines: RepeatedLines
  /** Closes what the program has opened beside the cache: a database, connections. Called after the cache is closed. */
  close(): Promise<void>
}

export interface AnnouncementOptions<Config> {
  config: Config
  host: string
  /** The port that the program listens on. */
  port: number
  version: string
  /** `bun` or `node`, followed by its version. */
  runtime: string
}

export interface Announcement {
  /** Fields of the log line `Listening`. */
  fields: Record<string, string | number>
  /** Readable lines, with an empty line before and after them. */
  text: string
}
