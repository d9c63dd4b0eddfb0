/** The servers of a client, and the server of each key. */
import {
  aBoolean,
  aListOfStrings,
  anObject,
  aString,
  type OptionRule,
  type OptionRules,
  requireOptions,
  validateOptions,
} from '../../../options.ts'
import { Ketama } from './addressing/ketama.ts'
import { parseServerList, type ServerAddress, ServerAddressError } from './addressing/server-address.ts'
import type { Credentials } from './handshake.ts'
import { MemcachedServer } from './memcached-server.ts'
import { runtimeTimers, type Timers } from './timing/timers.ts'
import { resolveTls, type TlsOptions } from './tls-options.ts'

export interface MemcachedServersOptions {
  /** Each as `host:port`, `host` for port 11211, `[::1]:11211`, or the absolute path of a Unix socket. */
  servers: readonly string[]
  /** True, or the options of the connections. Default: false. */
  tls?: boolean | TlsOptions | undefined
  /** For a server with a file of passwords (`memcached -Y`). */
  username?: string | undefined
  password?: string | undefined
  /** Limit of a call, in ms. Default: 1000. */
  timeoutMs?: number | undefined
  /** Limit of an attempt to connect, in ms. Default: 1000. */
  connectTimeoutMs?: number | undefined
}

const positive: OptionRule = {
  expected: 'a number of milliseconds above 0',
  isValid: (value) => typeof value === 'number' && value > 0,
}

export const memcachedServersRules: OptionRules<MemcachedServersOptions> = {
  servers: { ...aListOfStrings, expected: 'an array of servers such as "127.0.0.1:11211"' },
  tls: {
    expected: 'a boolean or an object',
    isValid: (value) => aBoolean.isValid(value) || anObject.isValid(value),
  },
  username: aString,
  password: aString,
  timeoutMs: positive,
  connectTimeoutMs: positive,
}

const DEFAULT_TIMEOUT_MS = 1000

/** A connection that owes replies and has sent nothing for so long is lost. */
const SILENCE_MS = 1000

export class MemcachedServers {
  readonly servers: readonly MemcachedServer[]
  /** Absent for one server, because some builds of OpenSSL lack MD5. */
  readonly #ketama: Ketama | undefined

  /** @throws {TypeError} for an invalid option. @param subject first word of the message */
  constructor(
    options: MemcachedServersOptions,
    subject = 'MemcachedServers',
    timers: Timers = runtimeTimers,
  ) {
    validateOptions(subject, options, memcachedServersRules)
    requireOptions(subject, options, memcachedServersRules, ['servers'])
    const addresses = addressesOf(subject, options.servers)
    const { timeoutMs = DEFAULT_TIMEOUT_MS, connectTimeoutMs = DEFAULT_TIMEOUT_MS } = options
    const tls = resolveTls(subject, options.tls)
    const credentials = credentialsOf(subject, options)
    const settings = { tls, credentials, timeoutMs, connectTimeoutMs, silenceMs: SILENCE_MS, timers }
    this.servers = addresses.map((address) => new MemcachedServer({ address, ...settings }))
    if (addresses.length > 1) this.#ketama = new Ketama(addresses)
  }

  /** Returns the server of a key. */
  serverOf(key: string): MemcachedServer {
    const server = this.servers[this.#ketama?.indexOf(key) ?? 0]
    if (server === undefined) throw new Error('the ring has no server') // the list is never empty
    return server
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()))
  }
}

function addressesOf(subject: string, servers: readonly string[]): ServerAddress[] {
  try {
    return parseServerList(servers)
  } catch (error) {
    if (error instanceof ServerAddressError) throw new TypeError(`${subject}: servers ${error.message}`)
    throw error
  }
}

/** Neither value becomes part of a message. */
function credentialsOf(
  subject: string,
  { username, password }: MemcachedServersOptions,
): Credentials | undefined {
  if (username === undefined && password === undefined) return undefined
  if (username === undefined) throw new TypeError(`${subject}: username must be given beside a password`)
  if (password === undefined) throw new TypeError(`${subject}: password must be given beside a username`)
  requireWord(subject, 'username', username)
  requireWord(subject, 'password', password)
  return { username, password }
}

/** The server takes a space for the end of each. */
function requireWord(subject: string, option: string, value: string): void {
  if (/^[!-~]+$/.test(value)) return
  throw new TypeError(`${subject}: ${option} must be printable ASCII characters without spaces`)
}
