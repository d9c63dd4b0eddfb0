/** The outages of a Memcached server, and of one of three. */
import { type Fault, FaultProxy } from '../../../servers/fault-proxy.ts'
import { startMemcached } from '../../../servers/memcached-server.ts'
import type { RunningServer } from '../../../servers/server-process.ts'
import type { MemcachedAddress } from '../kind/address.ts'
import { type Outage, type OutageLab, outageKind } from '../kind/outage-kind.ts'
import { fillMemcached, flushAll } from './memcached-admin.ts'

const nothing = async () => {}

/** An outage of the connections alone. */
function ofProxy(fault: Fault): Outage<MemcachedLab> {
  return {
    opensBreaker: true,
    begin: ({ proxy }) => proxy.set(fault),
    end: ({ proxy }) => proxy.set({ kind: 'pass' }),
  }
}

/** Larger than an item may be. */
const LARGE = 'x'.repeat(2 ** 20 + 1)

const outages = {
  killed: { opensBreaker: true, begin: (lab) => lab.kill(), end: (lab) => lab.restart() },
  frozen: {
    opensBreaker: true,
    begin: (lab) => lab.signal('SIGSTOP'),
    end: (lab) => lab.signal('SIGCONT'),
  },
  'answers 200 ms late': ofProxy({ kind: 'delay', ms: 200 }),
  'refuses connections': ofProxy({ kind: 'refuse' }),
  'cuts its answers': ofProxy({ kind: 'cut-answers', bytes: 3 }),
  'answers with HTML': ofProxy({ kind: 'garbage' }),
  'restarted empty': { begin: (lab) => lab.restart(), end: nothing },
  'one of three, killed': { opensBreaker: false, begin: (lab) => lab.kill(), end: (lab) => lab.restart() },
  full: {
    begin: (lab) => lab.fill(),
    end: (lab) => lab.empty(),
  },
  'asked to store large values': {
    valueAt: (key) => key + LARGE,
    begin: nothing,
    end: nothing,
  },
} satisfies Record<string, Outage<MemcachedLab>>

export const memcachedOutages = outageKind(outages, (name) => {
  return MemcachedLab.start(name === 'one of three, killed' ? 3 : 1)
})

/** With `-M` a full server refuses items and evicts none. Few sizes of items, so that it is full soon. */
const OPTIONS = ['-M', '-m', '2', '-f', '2']

/** Servers, of which the first one has outages. It has a proxy in front of it. */
class MemcachedLab implements OutageLab {
  readonly proxy: FaultProxy
  readonly hits: number
  readonly #servers: RunningServer[]

  private constructor(servers: RunningServer[], proxy: FaultProxy) {
    this.#servers = servers
    this.proxy = proxy
    this.hits = servers.length === 1 ? 1 : 30
  }

  static async start(count: number): Promise<MemcachedLab> {
    const servers = await Promise.all(
      Array.from({ length: count }, () => startMemcached({ options: OPTIONS })),
    )
    return new MemcachedLab(servers, await FaultProxy.start(servers[0]?.port ?? 0))
  }

  address(): MemcachedAddress {
    const ports = [this.proxy.port, ...this.#servers.slice(1).map(({ port }) => port)]
    return { store: 'memcached', servers: ports.map((port) => `127.0.0.1:${port}`) }
  }

  async kill(): Promise<void> {
    await this.#broken.end()
  }

  async restart(): Promise<void> {
    await this.kill()
    this.#servers[0] = await startMemcached({ port: this.#broken.port, options: OPTIONS })
  }

  async signal(signal: NodeJS.Signals): Promise<void> {
    process.kill(this.#broken.pid, signal)
  }

  fill(): Promise<void> {
    return fillMemcached(this.#broken.port)
  }

  empty(): Promise<void> {
    return flushAll(this.#broken.port)
  }

  async end(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.end()))
    await this.proxy.end()
  }

  get #broken(): RunningServer {
    const [server] = this.#servers
    if (server === undefined) throw new Error('no server')
    return server
  }
}
