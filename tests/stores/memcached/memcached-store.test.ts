import assert from 'node:assert/strict'
import { storeOnServers } from '../../../src/stores/memcached/store-on-servers.ts'
import { skipUnless } from '../../support/installed.ts'
import { describeFailingClient, describeRemoteStore, type OpenedStore } from '../contract.ts'
import { MemcachedProcesses } from './memcached-processes.ts'

const skip = skipUnless('memcached')

for (const count of [1, 3]) {
  describeRemoteStore(`Memcached with ${count} server${count > 1 ? 's' : ''}`, () => openStores(count), {
    skip,
    // Memcached counts whole seconds.
    shortLifetime: 1000,
    shortLease: 1000,
    seesRunOutLeases: false,
  })
}

describeFailingClient('Memcached', (fail) => {
  const server = { name: 'a:11211', run: fail, ping: fail, maxItemBytes: 2 ** 20 }
  return storeOnServers({ servers: [server], serverOf: () => server, close: async () => {} })
})

async function openStores(count: number): Promise<OpenedStore> {
  const processes = await MemcachedProcesses.start(count)
  const store = processes.openStore()
  return {
    store,
    other: processes.openStore(),
    loseState: (random) => processes.evict(() => random() < 0.5),
    loseTags: () => processes.evict((key) => key.includes(':t')),
    async loseServer() {
      await Promise.all(processes.servers.map((server) => server.end()))
      await assert.rejects(store.ping())
    },
    close: () => processes.end(),
  }
}
