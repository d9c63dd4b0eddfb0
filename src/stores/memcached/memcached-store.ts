/** Store in Memcached, over connections of its own. */
import { aListOfStrings, aString, type OptionRules, requireOptions, validateOptions } from '../../options.ts'
import type { RemoteStore } from '../store.ts'
import { MemcachedServers, memcachedServersRules } from './client/memcached-servers.ts'
import type { TlsOptions } from './client/tls-options.ts'
import type { ServerListener } from './server-listener.ts'
import { storeOnServers } from './store-on-servers.ts'

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
  return openMemcachedStore(options)
}

/** Opens the store for a program that needs the state of each server. */
export function openMemcachedStore(options: MemcachedStoreOptions, onServer?: ServerListener): RemoteStore {
  validateOptions('memcachedStore', options, rules)
  requireOptions('memcachedStore', options, rules, ['servers'])
  const { servers, ...connection } = options
  const list = typeof servers === 'string' ? servers.split(',').map((server) => server.trim()) : servers
  return storeOnServers(new MemcachedServers({ servers: list, ...connection }, 'memcachedStore'), {
    onServer,
  })
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
