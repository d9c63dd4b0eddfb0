/** Processes on Memcached servers: stores with connections of their own, and connections for the test. */
import { connect } from 'node:net'
import { memcachedStore } from '../../../src/stores/memcached/memcached-store.ts'
import type { RemoteNamespace, RemoteStore } from '../../../src/stores/store.ts'
import { type MemcachedServerOptions, startMemcached } from '../../servers/memcached-server.ts'
import type { RunningServer } from '../../servers/server-process.ts'

export const NAMESPACE = 'hitrate'
export const LEASE_MS = 60_000

export class MemcachedProcesses {
  readonly servers: RunningServer[]
  readonly #stores: RemoteStore[] = []

  private constructor(servers: RunningServer[]) {
    this.servers = servers
  }

  static async start(count = 1, options?: MemcachedServerOptions): Promise<MemcachedProcesses> {
    return new MemcachedProcesses(
      await Promise.all(Array.from({ length: count }, () => startMemcached(options))),
    )
  }

  get addresses(): string[] {
    return this.servers.map(({ port }) => `127.0.0.1:${port}`)
  }

  /** Opens a store in a new process. */
  openStore(): RemoteStore {
    const store = memcachedStore({ servers: this.addresses })
    this.#stores.push(store)
    return store
  }

  /** Opens the namespace in a new process. */
  open({ namespace = NAMESPACE, leaseMs = LEASE_MS, timeoutMs = 10_000 } = {}): RemoteNamespace {
    return this.openStore().open({ namespace, leaseMs, timeoutMs })
  }

  /** Sends lines to the server, and resolves to its reply, which ends with the first line that `isLast` accepts. */
  send(
    text: string,
    isLast: (line: string) => boolean = () => true,
    server = this.servers[0],
  ): Promise<string> {
    return sendTo(server?.port ?? 0, text, isLast)
  }

  /** The keys of all items of a server. */
  async keysOf(server = this.servers[0]): Promise<string[]> {
    const dump = await sendTo(server?.port ?? 0, 'lru_crawler metadump all', (line) =>
      /^(?:END|BUSY|ERROR)/.test(line),
    )
    return [...dump.matchAll(/^key=(\S+)/gm)].map(([, key = '']) => decodeURIComponent(key))
  }

  /** Deletes items of all servers, as an eviction does. */
  async evict(isEvicted: (key: string) => boolean): Promise<void> {
    for (const server of this.servers) {
      for (const key of (await this.keysOf(server)).filter(isEvicted)) {
        await sendTo(server.port, `md ${key}`, () => true)
      }
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.close?.()))
    await Promise.all(this.servers.map((server) => server.end()))
  }
}

function sendTo(port: number, text: string, isLast: (line: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let reply = ''
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`The server closed the connection after ${reply}`)))
    socket.on('data', (chunk) => {
      reply += chunk.toString('latin1')
      const lines = reply.split(/\r?\n/).slice(0, -1)
      if (!lines.some(isLast)) return
      resolve(reply)
      socket.destroy()
    })
    socket.write(`${text}\r\n`)
  })
}
