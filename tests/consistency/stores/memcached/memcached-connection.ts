/** Connections to Memcached. */
import { sharedTier } from '../../../../src/cache/remote/open-shared-tier.ts'
import { memcachedStore } from '../../../../src/exports/stores/memcached.ts'
import { MemcachedServers } from '../../../../src/stores/memcached/client/memcached-servers.ts'
import { storeOnServers } from '../../../../src/stores/memcached/store-on-servers.ts'
import type { Connection, MemcachedAddress } from '../kind/address.ts'

export async function connectMemcached({ servers, ring }: MemcachedAddress): Promise<Connection> {
  const remote =
    ring === undefined ? memcachedStore({ servers }) : sharedTier(storeOnServers(distributed(servers, ring)))
  return { remote, close: () => remote.close() }
}

/** Servers whose keys are distributed by other addresses than those of their connections. */
function distributed(
  addresses: string[],
  ring: string[],
): Pick<MemcachedServers, 'servers' | 'serverOf' | 'close'> {
  const chosen = new MemcachedServers({ servers: ring })
  const connected = new MemcachedServers({ servers: addresses })
  return {
    servers: connected.servers,
    serverOf(key) {
      const server = connected.servers[chosen.servers.indexOf(chosen.serverOf(key))]
      if (server === undefined) throw new Error('the ring has more servers than there are addresses')
      return server
    },
    close: () => connected.close(),
  }
}
