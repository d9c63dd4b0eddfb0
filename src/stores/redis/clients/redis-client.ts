/** The clients that the store accepts, told apart by their methods. */
import type { OptionRule } from '../../../options.ts'
import { type BunRedisClient, bunConnection } from './bun.ts'
import { type IoredisClient, ioredisConnection } from './ioredis.ts'
import { type NodeRedisClient, nodeRedisConnection } from './node-redis.ts'
import type { RedisConnection } from './redis-connection.ts'
import { type UpstashClient, upstashConnection } from './upstash.ts'

/**
 * A client of Redis: `Redis` or `Cluster` of ioredis or iovalkey, `createClient()` of node-redis, `Bun.RedisClient`, or `Redis` of
 * `@upstash/redis`.
 */
export type RedisClient = RedisSubscriber | UpstashClient

/** A client that receives messages too. */
export type RedisSubscriber = IoredisClient | NodeRedisClient | BunRedisClient

export const aRedisClient: OptionRule = {
  expected:
    'a client of ioredis, iovalkey, node-redis (createClient), Bun.RedisClient or @upstash/redis, ' +
    'with the method call, sendCommand, send or exec',
  isValid: (value) => openerOf(value) !== undefined,
}

export const aRedisSubscriber: OptionRule = {
  expected: 'a client of ioredis, iovalkey, node-redis (createClient) or Bun.RedisClient, with subscribe',
  isValid: (value) =>
    openerOf(value) !== undefined && has(value, 'subscribe', 'unsubscribe') && !isUpstash(value),
}

/** @throws {TypeError} for a value that {@link aRedisClient} refuses. */
export function connectionOf(client: RedisClient): RedisConnection {
  const open = openerOf(client)
  if (open === undefined) throw new TypeError('redisStore: client is of an unknown kind')
  return open()
}

function openerOf(client: unknown): (() => RedisConnection) | undefined {
  if (isIoredis(client)) return () => ioredisConnection(client)
  if (isNodeRedis(client)) return () => nodeRedisConnection(client)
  if (isBun(client)) return () => bunConnection(client)
  if (isUpstash(client)) return () => upstashConnection(client)
  return undefined
}

function isIoredis(client: unknown): client is IoredisClient {
  return has(client, 'call', 'duplicate', 'on', 'off')
}

/** The clients for pools, clusters and sentinels of node-redis have a `sendCommand` with other arguments, or none in order. */
function isNodeRedis(client: unknown): client is NodeRedisClient {
  return has(client, 'sendCommand', 'duplicate', 'on', 'off', 'watch') && !has(client, 'call')
}

function isBun(client: unknown): client is BunRedisClient {
  return has(client, 'send', 'connect', 'duplicate')
}

function isUpstash(client: unknown): client is UpstashClient {
  return has(client, 'exec', 'evalsha') && !has(client, 'call') && !has(client, 'send')
}

function has(value: unknown, ...methods: string[]): boolean {
  return methods.every((method) => typeof (value as Record<string, unknown> | null)?.[method] === 'function')
}
