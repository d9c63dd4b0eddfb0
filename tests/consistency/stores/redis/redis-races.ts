/** Redis in a race, through ioredis. */
import type { Redis } from 'ioredis'
import { redisStore } from '../../../../src/exports/stores/redis.ts'
import { FaultProxy } from '../../../servers/fault-proxy.ts'
import { type RedisServerOptions, startRedis } from '../../../servers/redis-server.ts'
import type { RunningServer } from '../../../servers/server-process.ts'
import { openIoredis } from '../../../stores/redis/redis-clients.ts'
import type { ProxiedRaceLink, RaceStore } from '../kind/race-store.ts'

export interface RedisRaceLink extends ProxiedRaceLink {
  readonly client: Redis
}

export class RedisRaceStore implements RaceStore<RedisRaceLink> {
  #server: RunningServer
  readonly #options: RedisServerOptions

  private constructor(server: RunningServer, options: RedisServerOptions) {
    this.#server = server
    this.#options = options
  }

  static async start(options: RedisServerOptions = {}): Promise<RedisRaceStore> {
    return new RedisRaceStore(await startRedis(options), options)
  }

  async openLink(): Promise<RedisRaceLink> {
    const proxy = await FaultProxy.start(this.#server.port)
    const { client, close } = await openIoredis(proxy.port)
    return {
      proxy,
      client,
      remote: redisStore({ client }),
      cutOff: () => proxy.set({ kind: 'cut' }),
      async close() {
        await close()
        await proxy.end()
      },
    }
  }

  /** Runs a command on a connection of its own. */
  async command(name: string, ...args: string[]): Promise<unknown> {
    const { client, close } = await openIoredis(this.#server.port)
    try {
      return await client.call(name, ...args)
    } finally {
      await close()
    }
  }

  /** Kills the server and starts it again on its port, with its snapshot if there is one. */
  async restart(): Promise<void> {
    await this.#server.end()
    this.#server = await startRedis({ ...this.#options, port: this.#server.port })
  }

  end(): Promise<void> {
    return this.#server.end()
  }
}
