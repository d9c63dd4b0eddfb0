/** A call of `run`: meta commands and their replies. */
import type { Exchange } from './exchange.ts'
import { commandLine, type MetaCommand } from './meta-command.ts'
import type { MetaReply } from './meta-reply.ts'
import type { Outgoing } from './outgoing.ts'
import { InvalidReplyError, type LineReply, NO_OPAQUE } from './reply-parser.ts'

export interface RunResult {
  readonly replies: MetaReply[]
  /** Number of the connection that carried the commands. */
  readonly connection: number
}

export class Call implements Exchange {
  readonly deadline: number
  readonly #commands: readonly MetaCommand[]
  readonly #lines: readonly string[]
  /** Number of the first command; each further one has the next number. */
  readonly #opaque: number
  readonly #resolve: (result: RunResult) => void
  readonly #reject: (error: Error) => void
  #replies: MetaReply[] = []
  #received = 0
  #connection = 0
  #isSettled = false

  /** @throws {TypeError} for an invalid command. */
  constructor(
    commands: readonly MetaCommand[],
    opaque: number,
    deadline: number,
    resolve: (result: RunResult) => void,
    reject: (error: Error) => void,
  ) {
    this.deadline = deadline
    this.#commands = commands
    this.#opaque = opaque
    this.#lines = commands.map((command, i) => commandLine(command, opaque + i))
    this.#resolve = resolve
    this.#reject = reject
  }

  get isSettled(): boolean {
    return this.#isSettled
  }

  addTo(outgoing: Outgoing, connection: number): void {
    this.#connection = connection
    for (let i = 0; i < this.#lines.length; i++) {
      outgoing.addText(this.#lines[i] ?? '')
      const value = this.#commands[i]?.value
      if (value !== undefined) outgoing.addValue(value)
    }
  }

  /** Replies that come after the call has failed are counted, so that later calls get their own. */
  receive(reply: MetaReply | LineReply, opaque: number): boolean {
    if (reply.code === 'line') {
      throw new InvalidReplyError(`The reply is that of another command: ${reply.line}`)
    }
    this.#checkOpaque(reply, opaque)
    if (reply.code === 'error') this.#checkError(reply.message)
    if (!this.#isSettled) this.#replies.push(reply)
    this.#received++
    if (this.#received < this.#commands.length) return false
    this.#isSettled = true
    this.#resolve({ replies: this.#replies, connection: this.#connection }) // no effect if the call has failed
    return true
  }

  /** A pipeline that is out of step must never return the value of another key. */
  #checkOpaque(reply: MetaReply, opaque: number): void {
    if (opaque === this.#opaque + this.#received) return
    if (opaque !== NO_OPAQUE) throw new InvalidReplyError(`The reply is that of another command: O${opaque}`)
    if (reply.code === 'VA') throw new InvalidReplyError('The reply has a value, but not the flag O')
  }

  /** The server may take the value of an `ms` that it did not understand for commands. */
  #checkError(message: string): void {
    const command = this.#commands[this.#received]
    if (command?.verb !== 'ms' || message.startsWith('SERVER_ERROR')) return
    throw new InvalidReplyError(`The server did not understand an ms: ${message}`)
  }

  fail(error: Error): void {
    this.#isSettled = true
    this.#replies = []
    this.#reject(error)
  }
}
