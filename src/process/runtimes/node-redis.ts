/** The connection to Redis on Node, by the package ioredis. */
import type * as Ioredis from 'ioredis'
import type { RedisOptions } from 'ioredis'
import {
  CONNECT_TIMEOUT_MS,
  CONNECTION_NAME,
  type OpenRedis,
  RECONNECT_MS,
  SILENCE_MS,
} from '../startup/redis-connection.ts'
import type { RedisAddress } from '../startup/redis-url.ts'
import { StartError } from '../startup/start-error.ts'

/** @throws {StartError} when ioredis is not installed. */
export const openNodeRedis: OpenRedis = async (address, onFailure) => {
  const { Redis } = await importIoredis()
  const client = new Redis(optionsFor(address))
  client.on('error', (error: unknown) => {
    if (isFailedSelect(error)) client.disconnect(true) // ioredis would go on in database 0
    onFailure(error)
  })
  return { client, close: () => client.disconnect() }
}

async function importIoredis(): Promise<typeof Ioredis> {
  try {
    return await import('ioredis')
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND'
    const problem = isMissing ? 'is not installed' : 'cannot be loaded'
    throw new StartError(
      `Redis needs the package ioredis on Node, which ${problem}. To install it: npm install ioredis`,
      { cause },
    )
  }
}

function optionsFor({ server, username, password, database }: RedisAddress) {
  return {
    ...(server.kind === 'unix' ? { path: server.path } : { host: server.host, port: server.port }),
    ...(server.kind === 'tcp' && server.tls ? { tls: {} } : {}),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    db: database,
    connectionName: CONNECTION_NAME,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_MS,
    retryStrategy: (attempt: number) => Math.min(attempt * 50, RECONNECT_MS),
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0, // rejects the commands in progress when the connection is lost
    // The check needs the permission for INFO. Without it, commands fail while Redis loads its data, as in any outage.
    enableReadyCheck: false,
    disableClientInfo: true,
  } satisfies RedisOptions
}

function isFailedSelect(error: unknown): boolean {
  const command = (error as { command?: { name?: unknown } } | null)?.command // set by ioredis on replies of the server
  return command?.name === 'select'
}
