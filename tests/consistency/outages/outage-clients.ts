/** The clients of the outage matrix: with the options of their packages, and with those that fail at once. */
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { clientKinds, type OpenedClient } from '../../stores/redis/redis-clients.ts'

type Open = (port: number) => Promise<OpenedClient>

const isBun = process.versions.bun !== undefined

export const outageClients: Readonly<Record<string, Open>> = {
  ...Object.fromEntries(
    clientKinds
      .filter(({ name, skip, hasMessages }) => skip === false && hasMessages && name !== 'iovalkey')
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
