/** Connections to Redis: with clients that fail at once without a server, and with the defaults of their packages. */
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { type RedisSubscriber, redisStore } from '../../../../src/exports/stores/redis.ts'
import { clientKinds, type OpenedClient } from '../../../stores/redis/redis-clients.ts'
import type { Connection, RedisAddress } from '../kind/address.ts'

type Open = (port: number) => Promise<OpenedClient>

const isBun = process.versions.bun !== undefined

const clients: Readonly<Record<string, Open>> = {
  ...Object.fromEntries(
    clientKinds
      .filter(({ skip, hasMessages }) => skip === false && hasMessages)
      .map(({ name, open }) => [name, open]),
  ),
  async 'ioredis with its defaults'(port) {
    const client = new Redis(port)
    client.on('error', () => {}) // each command rejects by itself
    return { client, close: async () => client.disconnect() }
  },
  async 'node-redis with its defaults'(port) {
    const client = createClient({ url: `redis://127.0.0.1:${port}` })
    client.on('error', () => {}) // as above
    await client.connect()
    return { client, close: async () => client.destroy() }
  },
  ...(isBun && {
    async 'Bun.RedisClient with its defaults'(port: number) {
      const { RedisClient: BunClient } = await import('bun')
      const client = new BunClient(`redis://127.0.0.1:${port}`)
      return { client, close: async () => client.close() }
    },
  }),
}

/** @throws {TypeError} for a client that this runtime does not have; the error of the client when the server is not there. */
export async function connectRedis({ port, busPort, client: name }: RedisAddress): Promise<Connection> {
  const open = clients[name]
  if (open === undefined) throw new TypeError(`no client ${name} here`)
  const { client, close } = await open(port)
  if (busPort === undefined) return { remote: redisStore({ client }), close }
  const bus = await open(busPort).catch(async (error) => {
    await close()
    throw error
  })
  const subscriber = bus.client as RedisSubscriber // no client here is that of Upstash
  return {
    remote: redisStore({ client, subscriber }),
    async close() {
      await close()
      await bus.close()
    },
  }
}
