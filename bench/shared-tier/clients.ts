/** Redis clients that the benchmarks of the shared tier use, each with its plain GET. */
import process from 'node:process'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import type { RedisStoreOptions } from '../../src/stores/redis/redis-store.ts'

export interface OpenedClient {
  client: RedisStoreOptions['client']
  get(key: string): Promise<string | null>
  set(key: string, value: string): Promise<unknown>
}

/** The port is that of a server on this machine. */
export const clients = {
  async ioredis(port: number): Promise<OpenedClient> {
    const client = new Redis(port, '127.0.0.1')
    return { client, get: (key) => client.get(key), set: (key, value) => client.set(key, value) }
  },

  async 'node-redis'(port: number): Promise<OpenedClient> {
    const client = createClient({ url: `redis://127.0.0.1:${port}` })
    client.on('error', () => {}) // each command rejects by itself
    await client.connect()
    return { client, get: (key) => client.get(key), set: (key, value) => client.set(key, value) }
  },

  async 'Bun.RedisClient'(port: number): Promise<OpenedClient> {
    const client = new Bun.RedisClient(`redis://127.0.0.1:${port}`)
    await client.connect()
    return { client, get: (key) => client.get(key), set: (key, value) => client.set(key, value) }
  },
}

export type ClientName = keyof typeof clients

/** Clients that run on a runtime. */
export function clientsOn(runtime: string): ClientName[] {
  return runtime === 'bun' ? ['ioredis', 'node-redis', 'Bun.RedisClient'] : ['ioredis', 'node-redis']
}

/** @throws {TypeError} naming the known clients. */
export function clientNamed(name = ''): ClientName {
  if (Object.hasOwn(clients, name)) return name as ClientName
  throw new TypeError(`the client must be one of ${Object.keys(clients).join(', ')}, got ${name}`)
}

/** Port of the Redis server, from an argument of the program. */
export function portArgument(index: number): number {
  return Number(process.argv[index])
}
