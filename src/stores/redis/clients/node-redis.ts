/** Clients of node-redis (package `redis`): `createClient`. */
import { type ChannelHandlers, RETRY_MS, type RedisConnection } from './redis-connection.ts'

export interface NodeRedisClient {
  readonly isOpen: boolean
  readonly isReady: boolean
  sendCommand(args: readonly string[]): Promise<unknown>
  connect(): Promise<unknown>
  destroy(): void
  duplicate(...overrides: never[]): unknown
  on(event: string, listener: (...args: string[]) => void): unknown
  off(event: string, listener: (...args: string[]) => void): unknown
}

/** The methods of a subscriber, which are the same for a client and a cluster. */
export interface NodeRedisSubscriber {
  readonly isOpen: boolean
  readonly isReady: boolean
  on(event: string, listener: (...args: string[]) => void): unknown
  off(event: string, listener: (...args: string[]) => void): unknown
  connect(): Promise<unknown>
  destroy(): void
  subscribe(channels: string[], listener: (message: string, channel: string) => void): Promise<unknown>
  unsubscribe(channels: string[], listener: (message: string, channel: string) => void): Promise<unknown>
}

export function nodeRedisConnection(client: NodeRedisClient): RedisConnection {
  replaceBrokenConnection(client)
  return {
    isCluster: false,
    isOrdered: true,
    command: (args) => client.sendCommand(args),
    onReady(listener) {
      client.on('ready', listener)
    },
    subscribe(channels, handlers, own) {
      // The types of a client depend on its modules, so one interface cannot name all of its methods.
      return listen((own ? client.duplicate() : client) as NodeRedisSubscriber, [...channels], handlers, own)
    },
  }
}

/**
 * Connects the client anew after a reply that is not of the protocol. The client goes on with the same connection, but the command
 * of that reply waits for ever, so each later reply would be taken for that of an earlier command.
 */
function replaceBrokenConnection(client: NodeRedisClient): void {
  let isPaused = false
  client.on('error', (error: unknown) => {
    if (isPaused || !client.isOpen || !String(error).includes('Unknown RESP type')) return
    isPaused = true
    client.destroy()
    const pause = setTimeout(() => {
      isPaused = false
      if (!client.isOpen) client.connect().catch(ignore) // the commands report it
    }, RETRY_MS)
    pause.unref?.()
  })
}

/** Subscribes, and again after each loss. */
export function listen(
  client: NodeRedisSubscriber,
  channels: string[],
  handlers: ChannelHandlers,
  own: boolean,
) {
  let isOpen = true
  let isSubscribed = false
  let isOpening = false
  let retry: ReturnType<typeof setTimeout> | undefined

  function onMessage(message: string, channel: string): void {
    if (isOpen) handlers.onMessage(channel, message)
  }
  /** The client renews the subscription by itself before it reports that it is ready. */
  function onReady(): void {
    if (isSubscribed) handlers.onConnection(true)
    else void open()
  }
  function onLoss(): void {
    if (isOpen) handlers.onConnection(false)
  }
  /** The client gave up, because its options forbid a further attempt. */
  function onEnd(): void {
    onLoss()
    again()
  }
  function again(): void {
    if (!isOpen || !own || retry !== undefined) return
    retry = setTimeout(() => {
      retry = undefined
      void open()
    }, RETRY_MS)
  }

  async function open(): Promise<void> {
    if (isOpening) return
    isOpening = true
    try {
      if (own && !client.isOpen) await client.connect()
      if (!isSubscribed && client.isReady) {
        await client.subscribe(channels, onMessage)
        isSubscribed = true
      }
      if (isOpen && isSubscribed && client.isReady) handlers.onConnection(true)
    } catch {
      again()
    } finally {
      isOpening = false
    }
  }

  /** A client that was closed while it connected has a new connection all the same. */
  function onConnect(): void {
    if (!isOpen && own) client.destroy()
  }

  const listeners = {
    error: ignore,
    connect: onConnect,
    ready: onReady,
    reconnecting: onLoss,
    end: onEnd,
    terminated: onEnd,
  }
  for (const [event, listener] of Object.entries(listeners)) client.on(event, listener)
  void open()

  return async () => {
    isOpen = false
    clearTimeout(retry)
    if (own) return client.destroy()
    for (const [event, listener] of Object.entries(listeners)) client.off(event, listener)
    if (isSubscribed && client.isOpen) await client.unsubscribe(channels, onMessage)
  }
}

/** An error event without a listener would end the process; the loss of the connection is reported by itself. */
function ignore(): void {}
