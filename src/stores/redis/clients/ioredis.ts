/** Clients of ioredis and iovalkey: `Redis` and `Cluster`. */
import { type ChannelHandlers, RETRY_MS, type RedisConnection } from './redis-connection.ts'

export interface IoredisClient {
  readonly isCluster: boolean
  call(command: string, args: string[]): Promise<unknown>
  duplicate(...overrides: never[]): unknown
  on(event: string, listener: (...args: string[]) => void): unknown
  off(event: string, listener: (...args: string[]) => void): unknown
}

/** The methods of a subscriber, which are the same for `Redis` and `Cluster`. */
interface Subscriber extends IoredisClient {
  subscribe(...channels: string[]): Promise<unknown>
  unsubscribe(...channels: string[]): Promise<unknown>
  disconnect(): void
}

export function ioredisConnection(client: IoredisClient): RedisConnection {
  return {
    isCluster: client.isCluster,
    isOrdered: !client.isCluster,
    command: ([name = '', ...args]) => client.call(name, args),
    onReady(listener) {
      client.on('ready', listener)
    },
    subscribe(channels, handlers, own) {
      // Both kinds of client have the methods; their own types differ too much for one interface.
      return listen((own ? duplicateOf(client) : client) as Subscriber, channels, handlers, own)
    },
  }
}

/**
 * Duplicates a client with the options that a subscriber needs: it connects at once, reconnects by itself, and keeps its
 * subscription until it is connected. Without the prefix, because scripts publish to the plain channel. Without the client's own
 * renewal of subscriptions, which `listen` does: its promise has no handler, so a connection lost meanwhile would end the process.
 */
function duplicateOf(client: IoredisClient): unknown {
  const { duplicate } = client as { duplicate(...overrides: unknown[]): unknown } // see `subscribe`
  const options = { lazyConnect: false, enableOfflineQueue: true, keyPrefix: '' }
  if (client.isCluster) {
    return duplicate.call(client, [], { ...options, clusterRetryStrategy: () => RETRY_MS })
  }
  return duplicate.call(client, {
    ...options,
    maxRetriesPerRequest: null,
    autoResubscribe: false,
    retryStrategy: () => RETRY_MS,
  })
}

function listen(client: Subscriber, channels: readonly string[], handlers: ChannelHandlers, own: boolean) {
  let isOpen = true

  /** Subscribes again after each connection, because the client does not report when it has renewed the subscription. */
  function subscribe(): void {
    client.subscribe(...channels).then(
      () => isOpen && handlers.onConnection(true),
      () => {}, // the next connection subscribes again
    )
  }
  function onClose(): void {
    if (isOpen) handlers.onConnection(false)
  }
  function onMessage(channel: string, message: string): void {
    if (isOpen && channels.includes(channel)) handlers.onMessage(channel, message)
  }

  client.on('error', ignore)
  client.on('ready', subscribe)
  client.on('close', onClose)
  client.on('message', onMessage)
  subscribe()

  return async () => {
    isOpen = false
    if (own) return client.disconnect()
    client.off('ready', subscribe)
    client.off('close', onClose)
    client.off('message', onMessage)
    client.off('error', ignore)
    await client.unsubscribe(...channels)
  }
}

/** An error event without a listener would end the process; the loss of the connection is reported by itself. */
function ignore(): void {}
