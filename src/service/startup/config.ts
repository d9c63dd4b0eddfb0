/** Configuration from environment variables: names, defaults and validation. */
import * as z from 'zod'
import { parseTargetedControl } from '../../http/policy/targeted-control.ts'
import { isLoopback } from '../../process/access/loopback.ts'
import type { RequestIdMode } from '../../process/ids/request-ids.ts'
import { automaticCacheBytes } from '../../process/startup/memory/automatic-cache-bytes.ts'
import type { CacheConfig, ProcessConfig } from '../../process/startup/process-config.ts'
import { StartError } from '../../process/startup/start-error.ts'
import type { Origins } from '../access/cross-origin.ts'
import { DEFAULT_TARGETED_CONTROL } from '../default-targeted-control.ts'
import { bytesOrAuto, MIN_BYTES, share, wholeNumber } from './config-numbers.ts'
import { corsOrigins } from './cors-config.ts'
import {
  type DashboardMode,
  dashboardMode,
  dashboardProblems,
  dashboardVariable,
} from './dashboard-config.ts'
import { sharedTierOf, sharedTierProblems, sharedTierVariables } from './shared-tier-config.ts'
import { tokenProblems, tokenVariables } from './token-config.ts'

/** The complete configuration, with defaults filled in. With `CACHE_MAX_BYTES=auto`, `maxBytes` is already the number of bytes. */
export interface Config extends ProcessConfig {
  database: { kind: 'sqlite'; path: string } | { kind: 'memory' }
  repositoryDelayMs: number
  cache: CacheConfig & { targetedControl: string }
  apiToken: string | undefined
  /** True if writes need no token: neither they nor reads have one, and the service listens on loopback only. */
  openWrites: boolean
  /** Bearer token for reads of users. Without a token they are public. */
  readToken: string | undefined
  /** Origins whose pages may read responses below `/api/`. */
  corsOrigins: Origins | undefined
  metricsToken: string | undefined
  /** Bearer token for purges. Without a token there is no purge route. */
  adminToken: string | undefined
  /** The responses that get `X-Request-Id` and `traceparent`. */
  requestIds: RequestIdMode
  /** Access to the page at `/`. */
  dashboard: DashboardMode
  /** True if the API is described at `/openapi.json` and `/docs`. */
  apiDocs: boolean
  /** True if each request has a log line. */
  accessLog: boolean
}

/** Lists all invalid variables in one message. Each has a line that begins with its name. */
export class ConfigError extends StartError {
  override name = 'ConfigError'
}

export interface ReadConfigOptions {
  /** Host to listen on if `HOST` is not set. `undefined` on Workers, which do not listen; `openWrites` is then false. */
  defaultHost: string | undefined
  /** The reason why only one thread is possible, as the end of an error message; `undefined` if several are possible. */
  singleThreadReason?: string | undefined
  /** Default of `SOCKET_HITS`. `undefined` on Workers, where it can only be `off`. */
  defaultSocketHits?: boolean | undefined
  /** The reason why there can be no shared tier, as the end of an error message; `undefined` if there can be one. */
  noSharedTierReason?: string | undefined
  /** Returns the memory that the process may use, in bytes, for `CACHE_MAX_BYTES=auto`. Absent on Workers, where it is fixed. */
  memoryLimit?: () => number
  /** Returns true if two paths name the same file. Default: if they are the same text. */
  isSameFile?: (one: string, other: string) => boolean
}

type Environment = Readonly<Record<string, string | undefined>>

/** @throws {ConfigError} when any variable is invalid. */
export function readConfig(environment: Environment, options: ReadConfigOptions): Config {
  const { defaultHost, noSharedTierReason } = options
  const values = Object.fromEntries(
    variableNames.map((name) => [name, environment[name]?.trim() || undefined]),
  )
  const host = values.HOST?.replace(/^\[(.*)\]$/, '$1') ?? defaultHost // accepts an IPv6 address in brackets, as in a URL
  const checked = variables.safeParse(values)
  const problems = checked.success
    ? [
        ...threadProblems(checked.data, options),
        ...socketProblems(checked.data, options),
        ...fileProblems(checked.data, options),
        ...tokenProblems(checked.data),
        ...dashboardProblems(checked.data, host),
      ]
    : checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  problems.push(...sharedTierProblems(values, noSharedTierReason))
  // Workers have no host and need no token to start: without one, writes are refused, and everything else works.
  if (host !== undefined && !isLoopback(host) && values.API_TOKEN === undefined) {
    problems.push(
      `API_TOKEN: must be set, because HOST ${host} is reachable from other machines and anyone could write`,
    )
  }
  if (!checked.success || problems.length > 0) {
    throw new ConfigError(`Invalid environment variables:\n${problems.map((line) => `  ${line}`).join('\n')}`)
  }

  const { data } = checked
  return {
    host,
    port: data.PORT,
    threads: data.THREADS,
    socketHits:
      data.SOCKET_HITS === undefined ? (options.defaultSocketHits ?? false) : data.SOCKET_HITS === 'on',
    database: data.DATABASE_URL,
    repositoryDelayMs: data.REPOSITORY_DELAY_MS,
    shutdownDelayMs: data.SHUTDOWN_DELAY_MS,
    cache: {
      enabled: data.CACHE === 'on',
      targetedControl: data.CACHE_TARGETED_CONTROL,
      maxBytes:
        data.CACHE_MAX_BYTES === 'auto'
          ? automaticCacheBytes(options.memoryLimit?.(), data.THREADS)
          : data.CACHE_MAX_BYTES,
      maxEntries: data.CACHE_MAX_ENTRIES,
      audit: data.CACHE_AUDIT,
      sharedTier: sharedTierOf(data),
    },
    apiToken: data.API_TOKEN,
    openWrites: data.API_TOKEN === undefined && data.READ_TOKEN === undefined && isLoopback(host),
    readToken: data.READ_TOKEN,
    corsOrigins: data.CORS_ORIGINS,
    metricsToken: data.METRICS_TOKEN,
    processMonitor: data.PROCESS_MONITOR === 'on',
    adminToken: data.ADMIN_TOKEN,
    requestIds: data.REQUEST_IDS,
    dashboard: dashboardMode(data, host),
    apiDocs: data.API_DOCS === 'on',
    accessLog: data.ACCESS_LOG === 'on',
    logLevel: data.LOG_LEVEL,
  }
}

const databaseUrl = z.string().transform((url, context): Config['database'] => {
  if (url === 'memory:') return { kind: 'memory' }
  const path = /^sqlite:(.+)$/.exec(url)?.[1]
  if (path !== undefined) return { kind: 'sqlite', path }
  context.addIssue({ code: 'custom', message: 'must be sqlite:<file> or memory:' })
  return z.NEVER
})

const targetedControl = z.string().superRefine((text, context) => {
  try {
    const directives = parseTargetedControl(text)
    if (directives.has('max-age') || directives.has('s-maxage')) return
  } catch {
    // The issue added below describes the error.
  }
  const message = 'must be cache directives with whole seconds, such as max-age=60'
  context.addIssue({ code: 'custom', message })
})

const MAX_THREADS = 64

const variables = z.object({
  HOST: z.string().optional(),
  PORT: wholeNumber(0, 65_535).default(3000),
  THREADS: wholeNumber(1, MAX_THREADS).default(1),
  SOCKET_HITS: z.enum(['on', 'off'], 'must be on or off').optional(),
  DATABASE_URL: databaseUrl.default({ kind: 'sqlite', path: './data/hitrate.sqlite' }),
  REPOSITORY_DELAY_MS: wholeNumber(0, 60_000, 'milliseconds').default(0),
  SHUTDOWN_DELAY_MS: wholeNumber(0, 600_000, 'milliseconds').default(0),
  CACHE: z.enum(['on', 'off'], 'must be on or off').default('on'),
  CACHE_TARGETED_CONTROL: targetedControl.default(DEFAULT_TARGETED_CONTROL),
  CACHE_MAX_BYTES: bytesOrAuto.default(64 * 2 ** 20),
  CACHE_MAX_ENTRIES: wholeNumber(1, 2 ** 31, 'entries').optional(),
  CACHE_AUDIT: share.default(0),
  ...sharedTierVariables,
  ...tokenVariables,
  CORS_ORIGINS: corsOrigins,
  PROCESS_MONITOR: z.enum(['on', 'off'], 'must be on or off').default('on'),
  ACCESS_LOG: z.enum(['on', 'off'], 'must be on or off').default('off'),
  REQUEST_IDS: z.enum(['on', 'all', 'off'], 'must be on, all or off').default('on'),
  DASHBOARD: dashboardVariable,
  API_DOCS: z.enum(['on', 'off'], 'must be on or off').default('on'),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'warning', 'error'], 'must be debug, info, warn or error')
    .transform((level) => (level === 'warn' ? 'warning' : level))
    .default('info'),
})

/** Names of all variables. */
export const variableNames = Object.keys(variables.shape)

/** Returns an error for each setting that does not work with several threads. */
function threadProblems(
  data: z.output<typeof variables>,
  { singleThreadReason }: ReadConfigOptions,
): string[] {
  const { THREADS, DATABASE_URL, CACHE_MAX_BYTES, CACHE_MAX_ENTRIES = Infinity } = data
  if (THREADS === 1) return []
  if (singleThreadReason !== undefined) return [`THREADS: must be 1: ${singleThreadReason}`]
  const inMemory = DATABASE_URL.kind === 'memory' || DATABASE_URL.path === ':memory:'
  return [
    ...(inMemory
      ? [
          'DATABASE_URL: must be a file with THREADS above 1, because in memory each thread would have its own users',
        ]
      : []),
    ...(CACHE_MAX_BYTES !== 'auto' && CACHE_MAX_BYTES < THREADS * MIN_BYTES
      ? ['CACHE_MAX_BYTES: must be at least 1KiB for each of THREADS']
      : []),
    ...(CACHE_MAX_ENTRIES < THREADS ? ['CACHE_MAX_ENTRIES: must be at least 1 for each of THREADS'] : []),
  ]
}

/** Returns an error if hits cannot be answered from the socket. */
function socketProblems(
  { SOCKET_HITS }: z.output<typeof variables>,
  { defaultSocketHits }: ReadConfigOptions,
): string[] {
  const isImpossible = SOCKET_HITS === 'on' && defaultSocketHits === undefined
  return isImpossible ? ['SOCKET_HITS: must be off: a Worker has no sockets'] : []
}

/** Returns an error if the cache would destroy the database. */
function fileProblems(
  { CACHE_FILE, DATABASE_URL }: z.output<typeof variables>,
  { isSameFile = Object.is }: ReadConfigOptions,
): string[] {
  if (CACHE_FILE === undefined || DATABASE_URL.kind !== 'sqlite') return []
  const isDatabase = isSameFile(CACHE_FILE, DATABASE_URL.path)
  return isDatabase ? ['CACHE_FILE: must not be the file of DATABASE_URL'] : []
}
