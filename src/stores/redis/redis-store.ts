/** Store in Redis, or in a server with its protocol (Valkey, Upstash). */
import { type OptionRules, requireOptions, validateOptions } from '../../options.ts'
import { attempt, type RemoteStore } from '../store.ts'
import {
  aRedisClient,
  aRedisSubscriber,
  connectionOf,
  type RedisClient,
  type RedisSubscriber,
} from './clients/redis-client.ts'
import type { ChannelHandlers, RedisConnection } from './clients/redis-connection.ts'
import { redisNames } from './names.ts'
import { openNamespace } from './redis-namespace.ts'
import { ScriptRunner } from './script-runner.ts'
import { ServerNamespace } from './server-namespace.ts'
import { uniqueTexts } from './unique-texts.ts'

export interface RedisStoreOptions {
  /** The application connects and closes the client; the store never closes it. */
  client: RedisClient
  /**
   * Client that receives the messages of other processes. It must be used for nothing else. Default: the store makes a duplicate
   * of `client`, and closes it; with `@upstash/redis` there are no messages.
   */
  subscriber?: RedisSubscriber | undefined
}

/**
 * A store in Redis 5 or later, or in a server with its protocol and Lua scripts. Values are returned only by the server that
 * stored them: after a restart, or when a replica has taken over, they are loaded again, because that server may lack
 * invalidations. If the server refuses `INFO`, the store cannot see this. A replica returns no values.
 *
 * Every method rejects with a {@link StoreError} when the client fails.
 *
 * @throws {TypeError} for an unknown option, or a client of another kind.
 * @example
 * import { Redis } from 'ioredis'
 * redisStore({ client: new Redis('redis://127.0.0.1:6379') })
 *
 * @example
 * redisStore({ client: new Bun.RedisClient('redis://127.0.0.1:6379') })
 *
 * @example
 * import { createClient } from 'redis'
 * redisStore({ client: await createClient().connect() })
 */
export function redisStore(options: RedisStoreOptions): RemoteStore {
  validateOptions('redisStore', options, rules)
  requireOptions('redisStore', options, rules, ['client'])
  const connection = connectionOf(options.client)
  const subscribe = subscribeFor(connection, options.subscriber)
  const scripts = new ScriptRunner(connection)
  const unique = uniqueTexts()
  let id: string | undefined
  const processId = () => {
    id ??= unique()
    return id
  }
  let ping: Promise<unknown> | undefined

  /** One at a time, because a client without a connection may queue commands for as long as the outage lasts. */
  function pingOnce(): Promise<unknown> {
    ping ??= connection.command(['PING']).finally(() => {
      ping = undefined
    })
    return ping
  }

  return {
    name: 'redis',
    capabilities: { leases: true, consistent: true },
    open({ namespace, leaseMs }) {
      const names = redisNames(namespace)
      return openNamespace({
        operations: new ServerNamespace({ connection, scripts, names, leaseMs, unique }),
        names,
        processId,
        subscribe,
      })
    },
    async ping() {
      await attempt('Redis', 'answer a ping', pingOnce)
    },
  }
}

const rules: OptionRules<RedisStoreOptions> = { client: aRedisClient, subscriber: aRedisSubscriber }

/** Returns the function that receives messages; `undefined` if the client cannot. */
function subscribeFor(connection: RedisConnection, subscriber: RedisSubscriber | undefined) {
  const isOwn = subscriber === undefined
  const { subscribe } = isOwn ? connection : connectionOf(subscriber)
  if (subscribe === undefined) return undefined
  return (channels: readonly string[], handlers: ChannelHandlers) => subscribe(channels, handlers, isOwn)
}
