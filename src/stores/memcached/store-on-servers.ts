/**
 * The store on connected servers. In a file of its own, so that the declarations of the public function name no type of Node, which
 * not every user has.
 */
import { attempt, type RemoteStore } from '../store.ts'
import { FailedServers } from './failed-servers.ts'
import { MemcachedNamespace, type Servers } from './memcached-namespace.ts'
import type { ServerListener } from './server-listener.ts'

export interface StoreParts {
  /** Clock, in ms. Default: `performance.now`. */
  now?: (() => number) | undefined
  onServer?: ServerListener | undefined
}

export function storeOnServers(servers: Servers, parts: StoreParts = {}): RemoteStore {
  const { now = () => performance.now(), onServer } = parts
  const failedServers = new FailedServers(servers.servers.length, onServer)
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
