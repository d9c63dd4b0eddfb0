/** Random faults of a Redis server and of the connections to it. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import type { Fault } from '../../servers/fault-proxy.ts'
import { startRedis } from '../../servers/redis-server.ts'
import type { RunningServer } from '../../servers/server-process.ts'
import { openIoredis } from '../../stores/redis/redis-clients.ts'
import type { Dice } from '../../support/interleavings/dice.ts'
import type { WorkerProcess } from './worker-process.ts'

export class FaultyRedis {
  /** Number of times that each fault occurred. */
  readonly occurred: Record<string, number> = {}
  readonly #dice: Dice
  readonly #folder: string
  #server: RunningServer
  #admin: Redis

  private constructor(dice: Dice, folder: string, server: RunningServer, admin: Redis) {
    this.#dice = dice
    this.#folder = folder
    this.#server = server
    this.#admin = admin
  }

  /** @param folder for snapshots. */
  static async start(dice: Dice, folder: string): Promise<FaultyRedis> {
    const server = await startRedis({ options: ['--dir', folder] })
    return new FaultyRedis(dice, folder, server, (await openIoredis(server.port)).client)
  }

  get port(): number {
    return this.#server.port
  }

  /** Makes one fault of the server. */
  async breakServer(): Promise<void> {
    const faults: [name: string, weight: number, run: () => Promise<unknown>][] = [
      ['flush', 2, () => this.#admin.flushall()],
      ['delete keys', 6, () => this.#deleteKeys()],
      ['delete tables', 3, () => this.#deleteTables()],
      ['save', 3, () => this.#admin.save()],
      ['restart empty', 1, () => this.#restart(false)],
      ['restart from a snapshot', 2, () => this.#restart(true)],
      ['full for a while', 1, () => this.#beFull()],
    ]
    const [name, , run] = this.#dice.pick(faults.flatMap((fault) => Array(fault[1]).fill(fault)))
    await this.#make(name, run)
  }

  /**
   * Makes one fault of the connections of a process, for a while.
   *
   * @param meanwhile called while the process gets no messages.
   */
  async breakConnections({ proxy }: WorkerProcess, meanwhile: () => Promise<void>): Promise<void> {
    const { pick, upTo } = this.#dice
    const kinds = ['delay', 'freeze', 'mute', 'cut', 'cut-answers', 'refuse', 'garbage', 'cut once'] as const
    const kind = pick(kinds)
    await this.#make(kind, async () => {
      if (kind === 'cut once') return proxy.cutOnce()
      await proxy.set(this.#faultOf(kind))
      if (kind === 'cut' || kind === 'refuse') await meanwhile()
      await pause(20 + upTo(500))
      await proxy.set({ kind: 'pass' })
    })
  }

  async end(): Promise<void> {
    this.#admin.disconnect()
    await this.#server.end()
  }

  async #make(name: string, run: () => Promise<unknown>): Promise<void> {
    this.occurred[name] = (this.occurred[name] ?? 0) + 1
    await run()
  }

  #faultOf(kind: Exclude<Fault['kind'], 'pass' | 'slow-connect'>): Fault {
    if (kind === 'delay') return { kind, ms: 5 + this.#dice.upTo(100) }
    return kind === 'cut-answers' ? { kind, bytes: this.#dice.upTo(300) } : { kind }
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
    await pause(this.#dice.upTo(400))
    await this.#admin.config('SET', 'maxmemory', '0')
  }

  async #restart(hasSnapshot: boolean): Promise<void> {
    this.#admin.disconnect()
    await this.#server.end()
    if (!hasSnapshot) await rm(join(this.#folder, 'dump.rdb'), { force: true })
    this.#server = await startRedis({ port: this.port, options: ['--dir', this.#folder] })
    this.#admin = (await openIoredis(this.port)).client
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
