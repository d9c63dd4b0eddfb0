/** The flags of each command: their names, values and lines in the help. */
import {
  header,
  host,
  logLevel,
  type Parser,
  port,
  positiveSeconds,
  redisUrl,
  seconds,
  size,
  sizeOrAuto,
  text,
  threads,
  token,
} from './flag-value.ts'

export interface Flag {
  short?: string
  /** Name of its value in the help. Absent for a flag that is on or off. */
  placeholder?: string
  /** Absent for a flag that is on or off. */
  parse?: Parser<unknown>
  /** True if the flag may be given several times. Default: the last one applies. */
  multiple?: boolean
  /** The environment variable that is read if the flag is not given: other users of the machine see a command line. */
  variable?: string
  /** One line, below 70 characters. */
  help: string
}

export type Flags = Readonly<Record<string, Flag>>

const help = { short: 'h', help: 'print this help' } satisfies Flag

/** Flags of `hitrate <upstream>`. */
export const proxyFlags = {
  port: {
    short: 'p',
    placeholder: 'port',
    parse: port,
    help: 'port to listen on; 0 takes a free one (8080)',
  },
  host: { placeholder: 'host', parse: host, help: 'address to listen on (127.0.0.1)' },
  ttl: { placeholder: 'time', parse: seconds, help: 'lifetime of responses that say nothing about caching' },
  'stale-if-error': {
    placeholder: 'time',
    parse: seconds,
    help: 'how long stale responses are served while the upstream fails',
  },
  'strip-cookies': { help: 'remove cookies from requests and responses' },
  redis: {
    placeholder: 'url',
    parse: redisUrl,
    variable: 'HITRATE_REDIS_URL',
    help: 'share the cache of several processes in Redis or Valkey',
  },
  file: { placeholder: 'path', parse: text, help: 'keep the cache in a file, so that it survives a restart' },
  threads: { placeholder: 'n', parse: threads, help: 'threads that serve (1)' },
  'max-bytes': {
    placeholder: 'size',
    parse: sizeOrAuto,
    help: 'memory for stored responses, or auto (64MiB)',
  },
  'max-body-bytes': { placeholder: 'size', parse: size, help: 'largest body that is stored (8MiB)' },
  timeout: {
    placeholder: 'time',
    parse: positiveSeconds,
    help: 'how long the upstream may take to respond (30)',
  },
  'trust-forwarded': { help: 'add to X-Forwarded-* of a proxy in front, do not replace them' },
  token: {
    placeholder: 'token',
    parse: token,
    variable: 'HITRATE_TOKEN',
    help: 'require this token for /__hitrate: page, metrics and purges',
  },
  'access-log': { help: 'print a line for each request' },
  'log-level': { placeholder: 'level', parse: logLevel, help: 'debug, info, warn or error (info)' },
  'shutdown-delay': {
    placeholder: 'time',
    parse: seconds,
    help: 'how long to go on accepting after a signal (0)',
  },
  help,
  version: { short: 'v', help: 'print the version' },
} satisfies Flags

/** Flags of `hitrate check <url>`. */
export const checkFlags = {
  header: {
    short: 'H',
    placeholder: "'Name: value'",
    parse: header,
    multiple: true,
    help: 'send this header; may be repeated',
  },
  ttl: { placeholder: 'time', parse: seconds, help: 'as for the proxy: lifetime of responses that set none' },
  'strip-cookies': { help: 'as for the proxy: remove cookies' },
  timeout: { placeholder: 'time', parse: positiveSeconds, help: 'how long each request may take (10)' },
  json: { help: 'print the result as JSON' },
  help,
} satisfies Flags

/** The values of the flags of a table that were given. */
export type Values<Table extends Flags> = {
  [Name in keyof Table]?: Table[Name] extends { parse: Parser<infer Value> }
    ? Table[Name] extends { multiple: true }
      ? Value[]
      : Value
    : true
}
