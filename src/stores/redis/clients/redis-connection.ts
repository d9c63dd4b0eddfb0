/** The part of a Redis client that the store uses, whichever package the client is from. */
export interface RedisConnection {
  /** True if the keys are spread over several nodes, so that a script can use one key. */
  readonly isCluster: boolean
  /** True if commands are executed in the order of their calls. */
  readonly isOrdered: boolean
  /** Sends a command, its name first. Calls the client before it returns. Rejects with the client's error. */
  command(args: readonly string[]): Promise<unknown>
  /** Calls `listener` each time a connection was established. Absent if the client does not report it. */
  onReady?(listener: () => void): void
  /**
   * Receives the messages of channels. Absent if the client cannot.
   *
   * @param own true if the messages come through a new connection, which the returned function closes. Otherwise they come
   *   through this one, and the function ends the subscription.
   */
  subscribe?(channels: readonly string[], handlers: ChannelHandlers, own: boolean): () => Promise<void>
}

export interface ChannelHandlers {
  onMessage(channel: string, message: string): void
  /** Can be called several times with the same value. */
  onConnection(isConnected: boolean): void
}

/** Time after which a subscriber that could not connect tries again, in ms. */
export const RETRY_MS = 250
