/** Processes on one Redis server: stores with connections of their own, and a connection for the test. */
import type { Redis } from 'ioredis'
import { redisStore } from '../../../src/stores/redis/redis-store.ts'
import type { RemoteNamespace } from '../../../src/stores/store.ts'
import { type RedisServerOptions, startRedis } from '../../servers/redis-server.ts'
import type { RunningServer } from '../../servers/server-process.ts'
import { openIoredis } from './redis-clients.ts'

export const NAMESPACE = 'hitrate'
export const LEASE_MS = 60_000

export class RedisProcesses {
  /** Connection of the test. */
  readonly admin: Redis
  readonly server: RunningServer
  readonly #closers: (() => Promise<void>)[] = []

  private constructor(server: RunningServer, admin: Redis) {
    this.server = server
    this.admin = admin
  }

  static async start(options?: RedisServerOptions): Promise<RedisProcesses> {
    const server = await startRedis(options)
    const { client, close } = await openIoredis(server.port)
    const processes = new RedisProcesses(server, client)
    processes.#closers.push(close)
    return processes
  }

  /** Opens the namespace in a new process. */
  async open({ namespace = NAMESPACE, leaseMs = LEASE_MS } = {}): Promise<RemoteNamespace> {
    const { client, close } = await openIoredis(this.server.port)
    this.#closers.push(close)
    return redisStore({ client }).open({ namespace, leaseMs })
  }

  /** Resolves when every namespace reaches the server again, after it was started anew on its port. */
  async reached(...namespaces: RemoteNamespace[]): Promise<void> {
    for (const namespace of namespaces) {
      while (!(await isReached(namespace))) {
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()))
    await this.server.end()
  }
}

function isReached(namespace: RemoteNamespace): Promise<boolean> {
  return namespace.read([{ name: 'any', version: 'any', lease: false }]).then(
    () => true,
    () => false,
  )
}
