/** `Bun.RedisClient`. */
import { type ChannelHandlers, RETRY_MS, type RedisConnection } from './redis-connection.ts'

export interface BunRedisClient {
  onconnect: ((this: never) => void) | null
  send(command: string, args: string[]): Promise<unknown>
  connect(): Promise<unknown>
  duplicate(): Promise<unknown>
  close(): void
}

interface Subscriber {
  onclose: ((this: never, error: Error) => void) | null
  onconnect: ((this: never) => void) | null
  readonly connected: boolean
  connect(): Promise<unknown>
  close(): void
  subscribe(channels: string[], listener: (message: string, channel: string) => void): Promise<unknown>
  unsubscribe(channels: string[]): Promise<unknown>
}

export function bunConnection(client: BunRedisClient): RedisConnection {
  const failures = new Failures(client)
  return {
    isCluster: false,
    isOrdered: true,
    async command([name = '', ...args]) {
      failures.revive()
      try {
        const reply = await client.send(name, args)
        failures.end()
        return reply
      } catch (error) {
        failures.begin(error)
        throw error
      }
    },
    onReady(listener) {
      const { onconnect } = client
      client.onconnect = function (this: never) {
        listener()
        onconnect?.call(this)
      }
    },
    subscribe(channels, handlers, own) {
      // The methods are those of Bun.RedisClient, whose types the library does not import.
      const open = async () => (own ? await client.duplicate() : client) as Subscriber
      const subscription = new Subscription(open, [...channels], handlers, own)
      return () => subscription.close()
    },
  }
}

/** Errors after which a client does not connect again by itself. */
const FINAL_MESSAGES = new Set(['Max reconnection attempts reached', 'Connection has failed'])

/**
 * Connects a client that gave up: after a reply that is not of the protocol, after an error reply to its first commands (as
 * without a password), or after its last attempt. A client that the application closed rejects commands with the same errors, so
 * its `close` is noted.
 */
class Failures {
  readonly #client: BunRedisClient
  #hasGivenUp = false
  #isPaused = false
  #isClosed = false

  constructor(client: BunRedisClient) {
    this.#client = client
    const { close } = client
    client.close = () => {
      this.#isClosed = true
      close.call(client)
    }
  }

  begin(error: unknown): void {
    const { code, message } = Object(error) as { code?: unknown; message?: unknown }
    const isGarbage = typeof code === 'string' && code.startsWith('ERR_REDIS_INVALID_')
    if (isGarbage || FINAL_MESSAGES.has(String(message))) this.#hasGivenUp = true
  }

  end(): void {
    this.#hasGivenUp = false
  }

  /** At most one attempt in each {@link RETRY_MS}. */
  revive(): void {
    if (!this.#hasGivenUp || this.#isPaused || this.#isClosed) return
    this.#isPaused = true
    const pause = setTimeout(() => {
      this.#isPaused = false
    }, RETRY_MS)
    pause.unref()
    this.#client.connect().catch(() => {}) // the commands report it
  }
}

/**
 * Messages of channels. A client that reconnects neither reports the loss nor subscribes again, so each connection after the first
 * counts as a loss, and the subscription starts anew, through a new client if it is the store's own.
 */
class Subscription {
  readonly #open: () => Promise<Subscriber>
  readonly #channels: string[]
  readonly #handlers: ChannelHandlers
  readonly #own: boolean
  #subscriber: Subscriber | undefined
  /** Number of the present attempt. Listeners of earlier ones may still be called. */
  #attempt = 0
  #retry: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  constructor(open: () => Promise<Subscriber>, channels: string[], handlers: ChannelHandlers, own: boolean) {
    this.#open = open
    this.#channels = channels
    this.#handlers = handlers
    this.#own = own
    void this.#start()
  }

  async #start(): Promise<void> {
    const attempt = ++this.#attempt
    const isCurrent = () => this.#attempt === attempt && !this.#isClosed
    const lose = () => {
      if (isCurrent()) this.#lose()
    }
    try {
      const subscriber = await this.#open()
      this.#subscriber = subscriber
      if (!subscriber.connected) await subscriber.connect()
      await subscriber.subscribe(this.#channels, (message, channel) => {
        if (isCurrent()) this.#handlers.onMessage(channel, message)
      })
      subscriber.onclose = lose
      subscriber.onconnect = lose
      if (isCurrent()) this.#handlers.onConnection(true)
    } catch {
      lose()
    }
    if (this.#isClosed) await this.#end()
  }

  #lose(): void {
    this.#attempt++
    this.#handlers.onConnection(false)
    this.#retry = setTimeout(() => {
      void this.#end().then(() => this.#start())
    }, RETRY_MS)
  }

  /** Closes the store's own client, and ends the subscription of another. */
  async #end(): Promise<void> {
    const subscriber = this.#subscriber
    this.#subscriber = undefined
    if (subscriber === undefined) return
    subscriber.onclose = null
    subscriber.onconnect = null
    try {
      if (this.#own) subscriber.close()
      else await subscriber.unsubscribe(this.#channels)
    } catch {
      // It has no connection, so there is nothing to end.
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#retry)
    await this.#end()
  }
}
