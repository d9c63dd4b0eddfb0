/** The outages of a Redis server. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { type Fault, FaultProxy } from '../../../servers/fault-proxy.ts'
import { startRedis } from '../../../servers/redis-server.ts'
import type { RunningServer } from '../../../servers/server-process.ts'
import { openIoredis } from '../../../stores/redis/redis-clients.ts'
import type { RedisAddress } from '../kind/address.ts'
import { type Outage, type OutageLab, outageKind } from '../kind/outage-kind.ts'

const nothing = async () => {}

/** An outage of the connections alone. */
function ofProxy(fault: Fault): Outage<RedisLab> {
  return {
    opensBreaker: true,
    begin: ({ proxy }) => proxy.set(fault),
    end: ({ proxy }) => proxy.set({ kind: 'pass' }),
  }
}

const outages = {
  killed: { opensBreaker: true, begin: (redis) => redis.kill(), end: (redis) => redis.restart() },
  frozen: ofProxy({ kind: 'freeze' }),
  'answers 200 ms late': ofProxy({ kind: 'delay', ms: 200 }),
  'refuses connections': ofProxy({ kind: 'refuse' }),
  'cuts its answers': ofProxy({ kind: 'cut-answers', bytes: 3 }),
  'answers with HTML': ofProxy({ kind: 'garbage' }),
  'connects in 120 ms': {
    end: ({ proxy }) => proxy.set({ kind: 'pass' }),
    async begin({ proxy }) {
      await proxy.set({ kind: 'slow-connect', ms: 120 })
      proxy.cutOnce()
    },
  },
  full: {
    begin: ({ admin }) => admin.config('SET', 'maxmemory', '1'),
    end: ({ admin }) => admin.config('SET', 'maxmemory', '0'),
  },
  'read-only replica': {
    begin: (redis) => redis.becomeReplica(),
    end: ({ admin }) => admin.replicaof('NO', 'ONE'),
  },
  'wrong password': {
    opensBreaker: true,
    async begin({ admin, proxy }) {
      await admin.config('SET', 'requirepass', 'secret')
      proxy.cutOnce()
    },
    end: ({ admin }) => admin.config('SET', 'requirepass', ''),
  },
  'restarted empty': { begin: (redis) => redis.restart(), end: nothing },
  'restarted from a snapshot': {
    async begin(redis) {
      await redis.admin.save()
      await redis.restart()
    },
    end: nothing,
  },
} satisfies Record<string, Outage<RedisLab>>

export const redisOutages = outageKind(outages, () => RedisLab.start())

/** A server with a proxy in front of it, and a connection for the test that has no faults. */
class RedisLab implements OutageLab {
  readonly proxy: FaultProxy
  readonly #folder: string
  #server: RunningServer
  #main: RunningServer | undefined
  #admin: Redis

  private constructor(folder: string, server: RunningServer, proxy: FaultProxy, admin: Redis) {
    this.#folder = folder
    this.#server = server
    this.proxy = proxy
    this.#admin = admin
  }

  static async start(): Promise<RedisLab> {
    const folder = await mkdtemp(join(tmpdir(), 'hitrate-outage-'))
    const server = await startRedis({ options: ['--dir', folder] })
    const proxy = await FaultProxy.start(server.port)
    return new RedisLab(folder, server, proxy, (await openIoredis(server.port)).client)
  }

  address(client: string): RedisAddress {
    return { store: 'redis', port: this.proxy.port, client }
  }

  get admin(): Redis {
    return this.#admin
  }

  async kill(): Promise<void> {
    this.#admin.disconnect()
    await this.#server.end()
  }

  /** Starts the server again on its port, after killing it if it runs. It loads its snapshot if it has saved one. */
  async restart(): Promise<void> {
    await this.kill()
    this.#server = await startRedis({ port: this.#server.port, options: ['--dir', this.#folder] })
    this.#admin = (await openIoredis(this.#server.port)).client
  }

  /** Makes the server the replica of an empty one. Resolves when it has copied it. */
  async becomeReplica(): Promise<void> {
    this.#main = await startRedis({ options: ['--repl-diskless-sync-delay', '0'] })
    await this.#admin.replicaof('127.0.0.1', this.#main.port)
    while (!(await this.#admin.info('replication')).includes('master_link_status:up')) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async end(): Promise<void> {
    await this.kill()
    await this.#main?.end()
    await this.proxy.end()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
