/** Checks the options of the proxy, and resolves them to a complete configuration. */
import { isAbsolute, resolve } from 'node:path'
import { automaticCacheBytes } from '../process/startup/memory/automatic-cache-bytes.ts'
import type { ProcessConfig } from '../process/startup/process-config.ts'
import { parseRedisUrl, RedisUrlError } from '../process/startup/redis-url.ts'
import { StartError } from '../process/startup/start-error.ts'
import type { SharedTierConfig } from '../process/startup/tiers/shared-tier-config.ts'
import { pseudonymOf } from './headers/via.ts'
import { PROXY_DEFAULTS, type ProxyOptions } from './proxy-options.ts'

export interface ProxyConfig extends ProcessConfig {
  host: string
  /** Complete URL without query. */
  upstream: string
  ttlMs: number | undefined
  staleIfErrorMs: number | undefined
  stripCookies: boolean
  trustForwarded: boolean
  maxBodyBytes: number
  timeoutMs: number
  token: string | undefined
  accessLog: boolean
  /** Name of this proxy in `Via`, the same for all of its threads. */
  pseudonym: string
}

/** Facts about the machine and the runtime. */
export interface ProxyEnvironment {
  defaultSocketHits: boolean
  singleThreadReason: string | undefined
  /** Memory that the process may use, in bytes. */
  memoryLimit: () => number
  /** A few random characters. */
  random: string
}

const MAX_THREADS = 64
const REMOTE_TIMEOUT_MS = 50
const FILE_BYTES = 2 ** 30

/** @throws {StartError} with a line for each option that cannot be used, which begins with its flag. */
export function proxyConfig(options: ProxyOptions, environment: ProxyEnvironment): ProxyConfig {
  const { host, port, threads, maxBytes, maxBodyBytes, timeoutMs } = withDefaults(options)
  const { ttlMs, staleIfErrorMs, redisUrl, file, token, shutdownDelayMs = 0 } = options
  const { defaultSocketHits, singleThreadReason, memoryLimit, random } = environment
  const problems: string[] = []
  const check = (isValid: boolean, problem: string) => void (isValid || problems.push(problem))

  const upstream = upstreamOf(options.upstream, problems)
  check(isWhole(port, 0, 65_535), '--port: must be a whole number from 0 to 65535')
  check(isWhole(threads, 1, MAX_THREADS), `--threads: must be a whole number from 1 to ${MAX_THREADS}`)
  check(threads === 1 || singleThreadReason === undefined, `--threads: must be 1: ${singleThreadReason}`)
  check(
    maxBytes === 'auto' || maxBytes >= threads * 2 ** 20,
    '--max-bytes: must be at least 1 MiB for each thread',
  )
  check(ttlMs === undefined || ttlMs >= 0, '--ttl: must be a number of seconds from 0')
  check(
    staleIfErrorMs === undefined || staleIfErrorMs >= 0,
    '--stale-if-error: must be a number of seconds from 0',
  )
  check(timeoutMs > 0 && timeoutMs < Infinity, '--timeout: must be a number of seconds above 0')
  check(
    token === undefined || /^[\x21-\x7e]{16,}$/.test(token),
    '--token: must have at least 16 printable ASCII characters without spaces',
  )
  check(redisUrl === undefined || file === undefined, '--file: must not be set beside --redis')
  const sharedTier = sharedTierOf(options, problems)
  if (problems.length > 0) {
    throw new StartError(`Invalid options:\n${problems.map((line) => `  ${line}`).join('\n')}`)
  }

  return {
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port,
    threads,
    socketHits: defaultSocketHits,
    shutdownDelayMs,
    cache: {
      enabled: true,
      maxBytes: maxBytes === 'auto' ? automaticCacheBytes(memoryLimit(), threads) : maxBytes,
      maxEntries: undefined,
      audit: 0,
      sharedTier,
      // Proxies of other upstreams may share the tier.
      namespace: `proxy ${upstream.replaceAll(':', '_')}`,
    },
    processMonitor: true,
    logLevel: options.logLevel ?? 'info',
    ...{ upstream, ttlMs, staleIfErrorMs, maxBodyBytes, timeoutMs, token },
    stripCookies: options.stripCookies ?? false,
    trustForwarded: options.trustForwarded ?? false,
    accessLog: options.accessLog ?? false,
    pseudonym: pseudonymOf(random),
  }
}

function upstreamOf(text: string, problems: string[]): string {
  const url = URL.parse(text)
  const isUrl = url !== null && /^https?:$/.test(url.protocol)
  if (!isUrl) problems.push('<upstream>: must be a URL such as http://localhost:3000')
  else if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    problems.push('<upstream>: must have no query, fragment, user and password')
  }
  return url?.href ?? ''
}

function sharedTierOf({ redisUrl, file }: ProxyOptions, problems: string[]): SharedTierConfig | undefined {
  const timeoutMs = REMOTE_TIMEOUT_MS
  if (file !== undefined) {
    const path = isAbsolute(file) ? file : resolve(file)
    return { kind: 'file', path, maxBytes: FILE_BYTES, timeoutMs }
  }
  if (redisUrl === undefined) return undefined
  try {
    return { kind: 'redis', address: parseRedisUrl(redisUrl), timeoutMs }
  } catch (error) {
    if (!(error instanceof RedisUrlError)) throw error
    problems.push(`--redis: ${error.message}`)
  }
}

function isWhole(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max
}

type Defaults = { [Name in keyof typeof PROXY_DEFAULTS]: NonNullable<ProxyOptions[Name]> }

function withDefaults(options: ProxyOptions): Defaults {
  const { host, port, threads, maxBytes, maxBodyBytes, timeoutMs } = PROXY_DEFAULTS
  return {
    host: options.host ?? host,
    port: options.port ?? port,
    threads: options.threads ?? threads,
    maxBytes: options.maxBytes ?? maxBytes,
    maxBodyBytes: options.maxBodyBytes ?? maxBodyBytes,
    timeoutMs: options.timeoutMs ?? timeoutMs,
  }
}
