/** Clients of every kind that the Redis store accepts, for a server on a port of this machine. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Redis as Upstash } from '@upstash/redis'
import { Redis } from 'ioredis'
import { Redis as Valkey } from 'iovalkey'
import { createClient } from 'redis'
import type { RedisClient } from '../../../src/stores/redis/clients/redis-client.ts'

export interface OpenedClient {
  client: RedisClient
  close(): Promise<void>
}

export interface ClientKind {
  name: string
  /** The reason to skip the client on this runtime. */
  skip: string | false
  hasMessages: boolean
  /** A client that reconnects by itself, and fails at once while it has no connection. */
  open(port: number): Promise<OpenedClient>
}

const notBun = process.versions.bun === undefined && 'Bun.RedisClient is on Bun alone'

export const clientKinds: readonly ClientKind[] = [
  { name: 'ioredis', skip: false, hasMessages: true, open: openIoredis },
  { name: 'iovalkey', skip: false, hasMessages: true, open: openIovalkey },
  { name: 'node-redis', skip: false, hasMessages: true, open: openNodeRedis },
  { name: 'Bun.RedisClient', skip: notBun, hasMessages: true, open: openBun },
  { name: '@upstash/redis', skip: false, hasMessages: false, open: (port) => openUpstash(port, true) },
  {
    name: '@upstash/redis without deserialization',
    skip: false,
    hasMessages: false,
    open: (port) => openUpstash(port, false),
  },
]

const direct = {
  host: '127.0.0.1',
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  lazyConnect: true,
  autoResubscribe: false, // its promise has no handler, and the store renews the subscription itself
}

export async function openIoredis(port: number): Promise<OpenedClient & { client: Redis }> {
  const client = new Redis({ ...direct, port, retryStrategy: () => 50 })
  client.on('error', () => {}) // each command rejects by itself
  await connected(client, () => client.disconnect())
  return { client, close: async () => client.disconnect() }
}

/** Connects; a client that could not is closed, because it would try again for ever. */
async function connected(client: { connect(): Promise<unknown> }, close: () => void): Promise<void> {
  try {
    await client.connect()
  } catch (error) {
    close()
    throw error
  }
}

async function openIovalkey(port: number): Promise<OpenedClient> {
  const client = new Valkey({ ...direct, port, retryStrategy: () => 50 })
  client.on('error', () => {}) // as above
  await connected(client, () => client.disconnect())
  return { client, close: async () => client.disconnect() }
}

async function openNodeRedis(port: number): Promise<OpenedClient> {
  const client = createClient({
    socket: { host: '127.0.0.1', port, reconnectStrategy: 50 },
    disableOfflineQueue: true,
  })
  client.on('error', () => {}) // as above
  await connected(client, () => client.destroy())
  return { client, close: async () => client.destroy() }
}

async function openBun(port: number): Promise<OpenedClient> {
  const { RedisClient: BunClient } = await import('bun')
  const client = new BunClient(`redis://127.0.0.1:${port}`, { enableOfflineQueue: false })
  await connected(client, () => client.close())
  return { client, close: async () => client.close() }
}

/** A client of Upstash over a local server that passes the commands on to Redis. */
async function openUpstash(port: number, automaticDeserialization: boolean): Promise<OpenedClient> {
  const redis = await openIoredis(port)
  const server = createServer((request, response) => {
    answer(redis.client, request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port: httpPort } = server.address() as AddressInfo
  const client = new Upstash({
    url: `http://127.0.0.1:${httpPort}`,
    token: 'token',
    automaticDeserialization,
    retry: false,
  })
  return {
    client,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await redis.close()
    },
  }
}

/** The protocol of Upstash: a command as a list, or a list of commands under `/pipeline`; texts of replies are in base64. */
async function answer(client: Redis, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const body = JSON.parse(Buffer.concat(chunks).toString())
  const isPipeline = request.url === '/pipeline'
  const results = await Promise.all((isPipeline ? body : [body]).map(run))
  const failed = !isPipeline && results[0] && 'error' in results[0]
  response.writeHead(failed ? 400 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(isPipeline ? results : results[0]))

  async function run([name, ...args]: [string, ...string[]]): Promise<
    { result: unknown } | { error: string }
  > {
    try {
      return { result: encoded(await client.call(name, args)) }
    } catch (error) {
      return { error: (error as Error).message }
    }
  }
}

function encoded(reply: unknown): unknown {
  if (Array.isArray(reply)) return reply.map(encoded)
  return typeof reply === 'string' && reply !== 'OK' ? Buffer.from(reply).toString('base64') : reply
}
