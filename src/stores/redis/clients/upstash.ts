/** The HTTP client of Upstash (package `@upstash/redis`). It receives no messages. */
import type { RedisConnection } from './redis-connection.ts'

export interface UpstashClient {
  exec(args: [command: string, ...args: string[]]): Promise<unknown>
  evalsha(...args: never[]): unknown
}

export function upstashConnection(client: UpstashClient): RedisConnection {
  return {
    isCluster: false,
    isOrdered: false, // each command is a request of its own
    async command([name = '', ...args]) {
      try {
        return await client.exec([name, ...args])
      } catch (error) {
        throw withoutCommand(error)
      }
    },
  }
}

/** Removes the command from the client's message, because it contains keys and values. */
function withoutCommand(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const [message] = error.message.split(', command was:')
  return message === error.message ? error : new Error(message)
}
