/** The part of a program's configuration that the process itself uses. Structured cloning supports all of it. */
import type { LogLevel } from '../logging/log.ts'
import type { SharedTierConfig } from './tiers/shared-tier-config.ts'

export interface ProcessConfig {
  /** Default: 127.0.0.1. */
  host: string | undefined
  port: number
  /** Number of threads that accept connections. 1 means the main thread itself; more are worker threads. */
  threads: number
  /** True if hits are answered from the bytes of the connection, before an HTTP parser. */
  socketHits: boolean
  /** Time in ms for which the program goes on accepting connections after a signal. */
  shutdownDelayMs: number
  cache: CacheConfig
  /** True if the event loop is measured and garbage collections are observed. */
  processMonitor: boolean
  logLevel: LogLevel
}

export interface CacheConfig {
  enabled: boolean
  /** Of all threads, in bytes. */
  maxBytes: number
  maxEntries: number | undefined
  /** Share of the hits that are audited, from 0 to 1. */
  audit: number
  /** `undefined` without a shared tier. */
  sharedTier: SharedTierConfig | undefined
  /** Separates the entries of programs that share a tier. Default: none. */
  namespace?: string
}
