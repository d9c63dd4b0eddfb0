/** Store in Memcached, over connections of its own. */
import { aListOfStrings, aString, type OptionRules, requireOptions, validateOptions } from '../../options.ts'
import { attempt, type RemoteStore } from '../store.ts'
import { MemcachedServers, memcachedServersRules } from './client/memcached-servers.ts'
import type { TlsOptions } from './client/tls-options.ts'
import { FailedServers } from './failed-servers.ts'
import { MemcachedNamespace, type Servers } from './memcached-namespace.ts'

export interface MemcachedStoreOptions {
  /**
   * The servers, in one text with commas or as a list: each is `host:port`, `host` for port 11211, `[::1]:11211`, or the absolute
   * path of a Unix socket. Every process must have the same servers.
   */
  servers: string | readonly string[]
  /** True, or the options of `node:tls` for the connections. Default: false. */
  tls?: boolean | TlsOptions | undefined
  /** For servers with a file of passwords (`memcached -Y`). */
  username?: string | undefined
  password?: string | undefined
}

/**
 * A store in Memcached 1.6 or later, whose CAS numbers must not be turned off (option `-C`). A name and everything that its value
 * depends on are on one server, so a server that is down costs the loads of its own names. No other server takes them over: it
 * would return old values when the first one is back.
 *
 * What the server evicts or loses in a restart costs loads, and never brings an old value back. Lifetimes are rounded up to whole
 * seconds, plus one second, because the server's current second may be nearly over; the longest is 30 days.
 *
 * Every method rejects with a {@link StoreError} if the servers that it needs fail.
 *
 * @throws {TypeError} for an invalid option.
 * @example
 * memcachedStore({ servers: '127.0.0.1:11211' })
 */
export function memcachedStore(options: MemcachedStoreOptions): RemoteStore {
  validateOptions('memcachedStore', options, rules)
  requireOptions('memcachedStore', options, rules, ['servers'])
  const { servers, ...connection } = options
  const list = typeof servers === 'string' ? servers.split(',').map((server) => server.trim()) : servers
  return storeOn(new MemcachedServers({ servers: list, ...connection }, 'memcachedStore'))
}

/** @param now clock, in ms. Default: `performance.now`. */
export function storeOn(servers: Servers, now: () => number = () => performance.now()): RemoteStore {
  const failedServers = new FailedServers(servers.servers.length)
  return {
    name: 'memcached',
    capabilities: { leases: true, consistent: true },
    open: ({ namespace, leaseMs, timeoutMs }) =>
      new MemcachedNamespace({ namespace, leaseMs, timeoutMs, servers, failedServers, now }),
    async ping() {
      await attempt('Memcached', 'answer a ping', () => pingAny(servers, failedServers))
    },
    close: () => servers.close(),
  }
}

/** Resolves if one of the servers answers: a dead one costs its own names alone. */
async function pingAny({ servers }: Servers, failed: FailedServers): Promise<void> {
  try {
    await Promise.any(servers.map(async (server) => failed.watch(server, server.ping())))
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error
  }
}

const rules: OptionRules<MemcachedStoreOptions> = {
  servers: {
    expected: 'a string or an array of servers, such as "127.0.0.1:11211"',
    isValid: (value) => aString.isValid(value) || aListOfStrings.isValid(value),
  },
  tls: memcachedServersRules.tls,
  username: aString,
  password: aString,
}
