/** Redis in a history: random faults of the server and of the connections to it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { FaultProxy } from '../../../servers/fault-proxy.ts'
import { startRedis } from '../../../servers/redis-server.ts'
import type { RunningServer } from '../../../servers/server-process.ts'
import { openIoredis } from '../../../stores/redis/redis-clients.ts'
import { skipUnless } from '../../../support/installed.ts'
import type { Dice } from '../../../support/interleavings/dice.ts'
import type { RedisAddress } from '../kind/address.ts'
import type { HistoryKind, HistoryStore, ProcessKind, StoreLink } from '../kind/history-store.ts'
import { ProxiedLink } from '../kind/proxied-link.ts'
import { pause, RandomFaults } from '../kind/random-faults.ts'

export const redisHistory: HistoryKind = {
  name: 'Redis',
  skip: skipUnless('redis-server'),
  processes: [
    { runtime: 'node', client: 'ioredis', hasMemory: true },
    { runtime: 'bun', client: 'Bun.RedisClient', hasMemory: true },
    { runtime: 'node', client: 'node-redis', hasMemory: false },
  ],
  promise: {
    memoryMs: ({ maxUnsyncedMs }) => maxUnsyncedMs,
    joinsOlder: true, // until the message arrives
    because: 'a process whose messages are missing trusts its memory for maxUnsyncedMs',
  },
  start: (dice) => FaultyRedis.start(dice),
}

class FaultyRedis implements HistoryStore {
  readonly #faults: RandomFaults
  readonly #folder: string
  #server: RunningServer
  #admin: Redis

  private constructor(dice: Dice, folder: string, server: RunningServer, admin: Redis) {
    this.#faults = new RandomFaults(dice)
    this.#folder = folder
    this.#server = server
    this.#admin = admin
  }

  static async start(dice: Dice): Promise<FaultyRedis> {
    const folder = await mkdtemp(join(tmpdir(), 'hitrate-history-')) // for snapshots
    const server = await startRedis({ options: ['--dir', folder] })
    return new FaultyRedis(dice, folder, server, (await openIoredis(server.port)).client)
  }

  get address(): RedisAddress {
    return { store: 'redis', port: this.#server.port, client: 'ioredis' }
  }

  get occurred(): Readonly<Record<string, number>> {
    return this.#faults.occurred
  }

  async breakStore(): Promise<void> {
    await this.#faults.makeOneOf([
      ['flush', 2, () => this.#admin.flushall()],
      ['delete keys', 6, () => this.#deleteKeys()],
      ['delete tables', 3, () => this.#deleteTables()],
      ['save', 3, () => this.#admin.save()],
      ['restart empty', 1, () => this.#restart(false)],
      ['restart from a snapshot', 2, () => this.#restart(true)],
      ['full for a while', 1, () => this.#beFull()],
    ])
  }

  /** The commands and the messages of other processes have a proxy each. */
  async openLink({ client = 'ioredis' }: ProcessKind): Promise<StoreLink> {
    const commands = await FaultProxy.start(this.#server.port)
    const messages = await FaultProxy.start(this.#server.port)
    const address: RedisAddress = { store: 'redis', port: commands.port, busPort: messages.port, client }
    return new ProxiedLink(address, this.#faults, [[commands], [messages], [messages], [commands, messages]])
  }

  async end(): Promise<void> {
    this.#admin.disconnect()
    await this.#server.end()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #deleteKeys(): Promise<void> {
    for (let i = 0; i < 5; i++) {
      const key = await this.#admin.randomkey()
      if (key !== null) await this.#admin.del(key)
    }
  }

  async #deleteTables(): Promise<void> {
    const tables = await this.#admin.keys('{tags *')
    if (tables.length > 0) await this.#admin.del(tables)
  }

  /** Nothing that needs memory is accepted meanwhile. */
  async #beFull(): Promise<void> {
    await this.#admin.config('SET', 'maxmemory', '1')
    await pause(this.#faults.dice.upTo(400))
    await this.#admin.config('SET', 'maxmemory', '0')
  }

  async #restart(hasSnapshot: boolean): Promise<void> {
    const { port } = this.#server
    this.#admin.disconnect()
    await this.#server.end()
    if (!hasSnapshot) await rm(join(this.#folder, 'dump.rdb'), { force: true })
    this.#server = await startRedis({ port, options: ['--dir', this.#folder] })
    this.#admin = (await openIoredis(port)).client
  }
}
