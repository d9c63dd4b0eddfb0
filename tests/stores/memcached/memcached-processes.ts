/** Processes on Memcached servers: stores with connections of their own, and connections for the test. */
import { connect } from 'node:net'
import { MemcachedServers } from '../../../src/stores/memcached/client/memcached-servers.ts'
import type { MetaCommand } from '../../../src/stores/memcached/client/meta-command.ts'
import type { MetaReply } from '../../../src/stores/memcached/client/meta-reply.ts'
import { memcachedStore } from '../../../src/stores/memcached/memcached-store.ts'
import type { RemoteNamespace, RemoteNamespaceOptions, RemoteStore } from '../../../src/stores/store.ts'
import { type MemcachedServerOptions, startMemcached } from '../../servers/memcached-server.ts'
import type { RunningServer } from '../../servers/server-process.ts'

const NAMESPACE = 'hitrate'
const LEASE_MS = 60_000

/** The limit of a call in a test that does not concern time. */
const TIMEOUT_MS = 10_000

/** Sizes of values that fill every slab class which the items of a test use. */
const FILLER_SIZES = [0, 20, 40, 60, 80, 110, 150, 200, 260, 340, 440, 560, 720, 920, 1200]

export class MemcachedProcesses {
  readonly servers: RunningServer[]
  readonly #options: MemcachedServerOptions
  readonly #clients: { close(): Promise<void> }[] = []

  private constructor(servers: RunningServer[], options: MemcachedServerOptions) {
    this.servers = servers
    this.#options = options
  }

  static async start(count = 1, options: MemcachedServerOptions = {}): Promise<MemcachedProcesses> {
    const servers = Array.from({ length: count }, () => startMemcached(options))
    return new MemcachedProcesses(await Promise.all(servers), options)
  }

  get addresses(): string[] {
    return this.servers.map(({ port }) => `127.0.0.1:${port}`)
  }

  /** Opens a store in a new process. */
  openStore(): RemoteStore {
    const store = memcachedStore({ servers: this.addresses })
    this.#clients.push({ close: async () => store.close?.() })
    return store
  }

  /** Opens a namespace in a new process. */
  open(options: Partial<RemoteNamespaceOptions> = {}): RemoteNamespace {
    const defaults = { namespace: NAMESPACE, leaseMs: LEASE_MS, timeoutMs: TIMEOUT_MS }
    return this.openStore().open({ ...defaults, ...options })
  }

  /** Kills a server, and starts it without items on the same port. */
  async restart(i = 0): Promise<void> {
    const { port } = this.servers[i] ?? { port: 0 }
    await this.servers[i]?.end()
    this.servers[i] = await startMemcached({ ...this.#options, port })
  }

  /** Sends commands to a server. */
  async run(commands: readonly MetaCommand[], i = 0): Promise<MetaReply[]> {
    const client = new MemcachedServers({ servers: [this.addresses[i] ?? ''], timeoutMs: TIMEOUT_MS })
    const { replies } = await client.serverOf('').run(commands)
    await client.close()
    return replies
  }

  /** Returns the items of a server, each with the unix time of its end, which is -1 if it has none. */
  async itemsOf(i = 0): Promise<{ key: string; end: number }[]> {
    let lines = await ask(this.servers[i]?.port ?? 0, 'lru_crawler metadump all')
    // The crawler has one task at a time, among them those of the server itself.
    while (lines[0]?.startsWith('BUSY')) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      lines = await ask(this.servers[i]?.port ?? 0, 'lru_crawler metadump all')
    }
    return lines.flatMap((line) => {
      const [, key, end] = /^key=(\S+) exp=(-?\d+) /.exec(line) ?? []
      return key === undefined ? [] : [{ key: decodeURIComponent(key), end: Number(end) }]
    })
  }

  async keysOf(i = 0): Promise<string[]> {
    return (await this.itemsOf(i)).map(({ key }) => key)
  }

  /** Deletes items of all servers, as an eviction does. */
  async evict(isEvicted: (key: string) => boolean): Promise<void> {
    for (const i of this.servers.keys()) {
      const keys = (await this.keysOf(i)).filter(isEvicted)
      await this.run(
        keys.map((key) => ({ verb: 'md', key, flags: '' })),
        i,
      )
    }
  }

  /** Writes items of every size until the server refuses them. It must be one that evicts nothing. */
  async fillUp(): Promise<void> {
    for (const size of FILLER_SIZES) {
      for (let batch = 0, isFull = false; !isFull; batch++) {
        const value = new Uint8Array(size)
        const keys = Array.from({ length: 1000 }, (_, i) => `filler:${size}:${batch}:${i}`)
        const replies = await this.run(keys.map((key) => ({ verb: 'ms', key, flags: '', value })))
        isFull = replies.every(({ code }) => code === 'error')
      }
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()))
    await Promise.all(this.servers.map((server) => server.end()))
  }
}

/** Sends a command whose reply ends with `END`, or is one line of an error. */
function ask(port: number, command: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let reply = ''
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the server closed the connection')))
    socket.on('data', (chunk) => {
      reply += chunk.toString('latin1')
      if (!reply.endsWith('END\r\n') && !/^(?:BUSY|ERROR).*\r\n$/.test(reply)) return
      resolve(reply.split(/\r?\n/))
      socket.destroy()
    })
    socket.write(`${command}\r\n`)
  })
}
