/** The command line as a command. */
import { PROXY_DEFAULTS, type ProxyOptions } from '../../proxy/proxy-options.ts'
import type { CheckOptions } from '../check/check-options.ts'
import { checkFlags, proxyFlags, type Values } from './flags.ts'
import type { Topic } from './help-text.ts'
import { checked, type Environment, readFlags, UsageError } from './read-flags.ts'
import { targetUrl, upstreamUrl } from './target-url.ts'

export type Command =
  | { name: 'help'; topic: Topic }
  | { name: 'version' }
  | { name: 'misuse'; message: string; topic: Topic }
  | { name: 'check'; options: CheckOptions; json: boolean }
  | { name: 'proxy'; options: ProxyOptions }

/** Time limit of `check` for each response. */
const CHECK_TIMEOUT_SECONDS = 10

/** @param args without the names of the runtime and of the program. */
export function parseCommand(args: readonly string[], environment: Environment): Command {
  const isCheck = args[0] === 'check'
  try {
    return isCheck ? checkCommand(args.slice(1), environment) : proxyCommand(args, environment)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return { name: 'misuse', message: error.message, topic: isCheck ? 'check' : 'proxy' }
  }
}

function proxyCommand(args: readonly string[], environment: Environment): Command {
  const { values, positionals } = readFlags(proxyFlags, args, environment)
  if (values.help) return { name: 'help', topic: 'proxy' }
  if (values.version) return { name: 'version' }
  if (positionals.includes('check'))
    throw new UsageError('check must be the first argument: hitrate check <url>')
  const upstream = only(positionals, 'upstream', 'hitrate http://localhost:3000')
  const url = checked(upstreamUrl(upstream), 'the upstream', upstream, upstream.includes('@'))
  const { host = PROXY_DEFAULTS.host, port = PROXY_DEFAULTS.port } = values
  if (isOwnAddress(url, host, port)) {
    throw new UsageError(`--port must not be that of the upstream, got ${port}: try --port ${port + 1}`)
  }
  if (values.redis !== undefined && values.file !== undefined) {
    throw new UsageError('--redis and --file exclude each other: the cache is shared in one place')
  }
  return { name: 'proxy', options: proxyOptions(url.href, values) }
}

/** Absent flags are absent options, so that the defaults stand in one place. */
function proxyOptions(upstream: string, flags: Values<typeof proxyFlags>): ProxyOptions {
  const inMs = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1000)
  return {
    upstream,
    host: flags.host,
    port: flags.port,
    ttlMs: inMs(flags.ttl),
    staleIfErrorMs: inMs(flags['stale-if-error']),
    stripCookies: flags['strip-cookies'],
    redisUrl: flags.redis,
    file: flags.file,
    threads: flags.threads,
    maxBytes: flags['max-bytes'],
    maxBodyBytes: flags['max-body-bytes'],
    timeoutMs: inMs(flags.timeout),
    token: flags.token,
    trustForwarded: flags['trust-forwarded'],
    accessLog: flags['access-log'],
    logLevel: flags['log-level'],
    shutdownDelayMs: inMs(flags['shutdown-delay']),
  }
}

function checkCommand(args: readonly string[], environment: Environment): Command {
  const { values, positionals } = readFlags(checkFlags, args, environment)
  if (values.help) return { name: 'help', topic: 'check' }
  const url = only(positionals, 'url', 'hitrate check https://example.com/')
  return {
    name: 'check',
    json: values.json ?? false,
    options: {
      url: checked(targetUrl(url), 'the url', url, url.includes('@')),
      headers: values.header ?? [],
      ttlMs: values.ttl === undefined ? undefined : values.ttl * 1000,
      stripCookies: values['strip-cookies'] ?? false,
      timeoutMs: (values.timeout ?? CHECK_TIMEOUT_SECONDS) * 1000,
    },
  }
}

/** True if the proxy would listen on the address of its upstream, and so send requests to itself. */
function isOwnAddress(upstream: URL, host: string, port: number): boolean {
  const hostname = upstream.hostname.replace(/^\[(.*)\]$/, '$1')
  const isOwnHost = hostname === host || (hostname === 'localhost' && host === PROXY_DEFAULTS.host)
  return isOwnHost && port !== 0 && Number(upstream.port || defaultPort(upstream)) === port
}

function defaultPort({ protocol }: URL): number {
  return protocol === 'https:' ? 443 : 80
}

/** The one positional argument. */
function only(positionals: readonly string[], name: string, example: string): string {
  const [first, second] = positionals
  if (first === undefined) throw new UsageError(`the ${name} is missing, for example: ${example}`)
  if (second !== undefined) throw new UsageError(`one ${name} is expected, got ${positionals.join(' and ')}`)
  return first
}
