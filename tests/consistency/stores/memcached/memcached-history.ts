/** Memcached in a history: random faults of one server or of three, and of the connections to them. */
import { FaultProxy } from '../../../servers/fault-proxy.ts'
import { startMemcached } from '../../../servers/memcached-server.ts'
import type { RunningServer } from '../../../servers/server-process.ts'
import { skipUnless } from '../../../support/installed.ts'
import type { Dice } from '../../../support/interleavings/dice.ts'
import type { MemcachedAddress } from '../kind/address.ts'
import type { HistoryKind, HistoryStore, StoreLink } from '../kind/history-store.ts'
import { ProxiedLink } from '../kind/proxied-link.ts'
import { pause, RandomFaults } from '../kind/random-faults.ts'
import { deleteItems, flushAll, itemKeys } from './memcached-admin.ts'

export function memcachedHistory(servers: number): HistoryKind {
  return {
    name: servers === 1 ? 'Memcached' : `${servers} servers of Memcached`,
    skip: skipUnless('memcached'),
    processes: [
      { runtime: 'node', hasMemory: true },
      { runtime: 'bun', hasMemory: false },
      { runtime: 'node', hasMemory: false },
    ],
    promise: {
      memoryMs: ({ maxUnsyncedMs }) => maxUnsyncedMs,
      joinsOlder: true,
      because: 'without messages, memory answers for maxUnsyncedMs after it got a value',
    },
    start: (dice) => FaultyMemcached.start(dice, servers),
  }
}

class FaultyMemcached implements HistoryStore {
  readonly #faults: RandomFaults
  readonly #servers: RunningServer[]

  private constructor(dice: Dice, servers: RunningServer[]) {
    this.#faults = new RandomFaults(dice)
    this.#servers = servers
  }

  static async start(dice: Dice, count: number): Promise<FaultyMemcached> {
    const servers = await Promise.all(Array.from({ length: count }, () => startMemcached()))
    return new FaultyMemcached(dice, servers)
  }

  get address(): MemcachedAddress {
    return addressOf(this.#servers)
  }

  get occurred(): Readonly<Record<string, number>> {
    return this.#faults.occurred
  }

  async breakStore(): Promise<void> {
    const index = this.#faults.dice.upTo(this.#servers.length - 1)
    const server = this.#servers[index]
    if (server === undefined) return
    await this.#faults.makeOneOf([
      ['delete items', 6, () => this.#deleteItems(server)],
      ['flush', 2, () => flushAll(server.port)],
      ['restart empty', 2, () => this.#restart(index, server)],
      ['stop and continue', 2, () => this.#stopFor(20 + this.#faults.dice.upTo(400), server)],
    ])
  }

  /** Each server has a proxy for each process. */
  async openLink(): Promise<StoreLink> {
    const proxies = await Promise.all(this.#servers.map(({ port }) => FaultProxy.start(port)))
    const each = proxies.map((proxy) => [proxy])
    const address = { ...addressOf(proxies), ring: this.address.servers }
    return new ProxiedLink(address, this.#faults, [...each, proxies])
  }

  async end(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.end()))
  }

  async #deleteItems({ port }: RunningServer): Promise<void> {
    const keys = await itemKeys(port)
    if (keys.length === 0) return
    await deleteItems(
      port,
      Array.from({ length: 5 }, () => this.#faults.dice.pick(keys)),
    )
  }

  async #restart(index: number, { port, end }: RunningServer): Promise<void> {
    await end()
    this.#servers[index] = await startMemcached({ port })
  }

  async #stopFor(ms: number, { pid }: RunningServer): Promise<void> {
    process.kill(pid, 'SIGSTOP')
    await pause(ms)
    process.kill(pid, 'SIGCONT')
  }
}

function addressOf(servers: readonly { port: number }[]): MemcachedAddress {
  return { store: 'memcached', servers: servers.map(({ port }) => `127.0.0.1:${port}`) }
}
