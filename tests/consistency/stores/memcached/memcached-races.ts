/** Memcached in a race. */
import { FaultProxy } from '../../../servers/fault-proxy.ts'
import { startMemcached } from '../../../servers/memcached-server.ts'
import type { RunningServer } from '../../../servers/server-process.ts'
import type { ProxiedRaceLink, RaceStore } from '../kind/race-store.ts'
import { connectMemcached } from './memcached-connection.ts'

export class MemcachedRaceStore implements RaceStore<ProxiedRaceLink> {
  #server: RunningServer

  private constructor(server: RunningServer) {
    this.#server = server
  }

  static async start(): Promise<MemcachedRaceStore> {
    return new MemcachedRaceStore(await startMemcached())
  }

  get port(): number {
    return this.#server.port
  }

  async openLink(): Promise<ProxiedRaceLink> {
    const proxy = await FaultProxy.start(this.#server.port)
    const { remote, close } = await connectMemcached({
      store: 'memcached',
      servers: [`127.0.0.1:${proxy.port}`],
    })
    return {
      proxy,
      remote,
      cutOff: () => proxy.set({ kind: 'cut' }),
      async close() {
        await close()
        await proxy.end()
      },
    }
  }

  /** Kills the server and starts it again on its port. */
  async restart(): Promise<void> {
    await this.#server.end()
    this.#server = await startMemcached({ port: this.#server.port })
  }

  end(): Promise<void> {
    return this.#server.end()
  }
}
