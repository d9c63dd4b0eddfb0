/** The environment, read once: every variable, every default, every complaint. */
import * as z from 'zod'
import { parseTargetedControl } from '../../http/cached/options.ts'
import { DEFAULT_TARGETED_CONTROL } from '../default-targeted-control.ts'
import type { LogLevel } from '../logging/log.ts'

/** What is configured, complete. */
export interface Config {
  host: string | undefined
  port: number
  /** How many accept on the port: 1 is the main thread itself, more are worker threads. */
  threads: number
  database: { kind: 'sqlite'; path: string } | { kind: 'memory' }
  repositoryDelayMs: number
  cache: { enabled: boolean; targetedControl: string; maxBytes: number; maxEntries: number | undefined }
  apiToken: string | undefined
  /** No token is set and only this machine can reach the service. */
  openWrites: boolean
  metricsToken: string | undefined
  /** Without one nobody can purge. */
  adminToken: string | undefined
  logLevel: LogLevel
}

/** What cannot be used, all of it in one message, each complaint with its variable's name. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

export interface ReadConfigOptions {
  /** `HOST` when it is not set. A runtime without a host of its own (Workers) has none, and then is not loopback. */
  defaultHost: string | undefined
  /** Why there can be one thread only, as the end of a complaint. Default: there can be more. */
  oneThread?: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** @throws {ConfigError} when any variable cannot be used. */
export function readConfig(environment: Environment, { defaultHost, oneThread }: ReadConfigOptions): Config {
  const set = Object.fromEntries(names.map((name) => [name, environment[name]?.trim() || undefined]))
  const checked = variables.safeParse(set)
  const complaints = checked.success
    ? threadComplaints(checked.data, oneThread)
    : checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)

  const host = set.HOST?.replace(/^\[(.*)\]$/, '$1') ?? defaultHost // an IPv6 address as in a URL
  // Workers have no host: there writes stay closed until a token is set, and everything else works.
  if (host !== undefined && !isLoopback(host) && set.API_TOKEN === undefined) {
    complaints.push(
      `API_TOKEN: must be set, because HOST ${host} can be reached from elsewhere and anyone could write`,
    )
  }
  if (!checked.success || complaints.length > 0) {
    throw new ConfigError(
      `The environment is not usable:\n${complaints.map((line) => `  ${line}`).join('\n')}`,
    )
  }

  const { data } = checked
  return {
    host,
    port: data.PORT,
    threads: data.THREADS,
    database: data.DATABASE_URL,
    repositoryDelayMs: data.REPOSITORY_DELAY_MS,
    cache: {
      enabled: data.CACHE === 'on',
      targetedControl: data.CACHE_TARGETED_CONTROL,
      maxBytes: data.CACHE_MAX_BYTES,
      maxEntries: data.CACHE_MAX_ENTRIES,
    },
    apiToken: data.API_TOKEN,
    openWrites: data.API_TOKEN === undefined && host !== undefined && isLoopback(host),
    metricsToken: data.METRICS_TOKEN,
    adminToken: data.ADMIN_TOKEN,
    logLevel: data.LOG_LEVEL,
  }
}

function wholeNumber(min: number, max: number, unit?: string) {
  const what = unit === undefined ? 'a whole number' : `a whole number of ${unit}`
  const message = `must be ${what} from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .pipe(z.number().min(min, message).max(max, message))
}

const UNITS: Record<string, number> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }

const MIN_BYTES = 1024

const bytes = z
  .string()
  .regex(/^\d{1,9}(?:[KMG]iB)?$|^\d{1,15}$/, 'must be a number of bytes, such as 67108864 or 64MiB')
  .transform((text) => Number.parseInt(text, 10) * (UNITS[text.replace(/^\d+/, '')] ?? 1))
  .pipe(
    z
      .number()
      .min(MIN_BYTES, 'must be at least 1KiB')
      .max(2 ** 50, 'must be at most 1048576GiB'),
  )

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
    // Said below, in this variable's words.
  }
  const message = 'must be cache directives with whole seconds, such as max-age=60'
  context.addIssue({ code: 'custom', message })
})

const token = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces: it is sent in a header field')
  .optional()

const MAX_THREADS = 64

/** Known, but not built yet: better refused than ignored. */
const notYet = z.undefined('is not supported by this version')

const variables = z.object({
  HOST: z.string().optional(),
  PORT: wholeNumber(0, 65_535).default(3000),
  THREADS: wholeNumber(1, MAX_THREADS).default(1),
  DATABASE_URL: databaseUrl.default({ kind: 'sqlite', path: './data/hitrate.sqlite' }),
  REPOSITORY_DELAY_MS: wholeNumber(0, 60_000, 'milliseconds').default(0),
  CACHE: z.enum(['on', 'off'], 'must be on or off').default('on'),
  CACHE_TARGETED_CONTROL: targetedControl.default(DEFAULT_TARGETED_CONTROL),
  CACHE_MAX_BYTES: bytes.default(64 * 2 ** 20),
  CACHE_MAX_ENTRIES: wholeNumber(1, 2 ** 31, 'entries').optional(),
  REDIS_URL: notYet,
  MEMCACHED_SERVERS: notYet,
  CACHE_REMOTE_TIMEOUT_MS: notYet,
  METRICS_TOKEN: token,
  ADMIN_TOKEN: token,
  API_TOKEN: token,
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'warning', 'error'], 'must be debug, info, warn or error')
    .transform((level) => (level === 'warn' ? 'warning' : level))
    .default('info'),
})

/** Every variable that is read. */
export const names = Object.keys(variables.shape)

/** What one thread could do and several cannot. */
function threadComplaints(data: z.output<typeof variables>, oneThread: string | undefined): string[] {
  const { THREADS, DATABASE_URL, CACHE_MAX_BYTES, CACHE_MAX_ENTRIES = Infinity } = data
  if (THREADS === 1) return []
  if (oneThread !== undefined) return [`THREADS: must be 1: ${oneThread}`]
  const inMemory = DATABASE_URL.kind === 'memory' || DATABASE_URL.path === ':memory:'
  return [
    ...(inMemory
      ? [
          'DATABASE_URL: must be a file with THREADS above 1: in memory each thread would have users of its own',
        ]
      : []),
    ...(CACHE_MAX_BYTES < THREADS * MIN_BYTES
      ? ['CACHE_MAX_BYTES: must be at least 1KiB for each of THREADS']
      : []),
    ...(CACHE_MAX_ENTRIES < THREADS ? ['CACHE_MAX_ENTRIES: must be at least 1 for each of THREADS'] : []),
  ]
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}
