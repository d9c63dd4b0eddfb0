/** The calls of one operation: on one connection, and within one time limit. */
import type { MemcachedServer } from './client/memcached-server.ts'
import type { MetaCommand } from './client/meta-command.ts'
import type { MetaReply } from './client/meta-reply.ts'
import { NoAnswerError } from './client/no-answer-error.ts'

/** A server of the store. */
export type Server = Pick<MemcachedServer, 'name' | 'run' | 'ping' | 'maxItemBytes'>

export interface TimeLimit {
  /** Clock, in ms. */
  readonly now: () => number
  /** Limit of all calls together, in ms. Default: that of the client for each call. */
  readonly timeoutMs: number | undefined
}

/**
 * Two calls on different connections may be answered by two lives of a server, whose numbers must not be compared. So all calls of
 * a session use the connection of the first one.
 */
export class Session {
  readonly server: Server
  readonly #now: () => number
  readonly #deadline: number | undefined
  #connection: number | undefined

  /** @param connection number of the connection that must be the open one. Default: any. */
  constructor(server: Server, { now, timeoutMs }: TimeLimit, connection?: number) {
    this.server = server
    this.#now = now
    this.#deadline = timeoutMs === undefined ? undefined : now() + timeoutMs
    this.#connection = connection
  }

  /** Number of the connection. */
  get connection(): number {
    if (this.#connection === undefined) throw new Error('no call was made')
    return this.#connection
  }

  /** Sends the commands as one pipeline, and resolves to their replies. */
  async run(commands: readonly MetaCommand[]): Promise<MetaReply[]> {
    if (commands.length === 0) return []
    const { replies, connection } = await this.server.run(commands, {
      connection: this.#connection,
      timeoutMs: this.#timeLeft(),
    })
    this.#connection = connection
    return replies
  }

  #timeLeft(): number | undefined {
    if (this.#deadline === undefined) return undefined
    const timeLeft = this.#deadline - this.#now()
    // A lease that is granted too late would block its name, because its reader has gone on without it.
    if (timeLeft <= 0)
      throw new NoAnswerError('The answers so far took the whole time limit of the operation')
    return timeLeft
  }
}
