/** One or more commands on a connection, and their replies. */
import type { MetaReply } from './meta-reply.ts'
import type { Outgoing } from './outgoing.ts'
import { InvalidReplyError, type LineReply } from './reply-parser.ts'

export interface Exchange {
  /** Time at which it fails if it has not settled, on the clock of the timers. */
  readonly deadline: number
  /** It may have settled before its last reply. */
  readonly isSettled: boolean
  /** Adds the commands. @param connection number of the connection that will send them */
  addTo(outgoing: Outgoing, connection: number): void
  /** Takes the next reply. Returns true if it was the last one. */
  receive(reply: MetaReply | LineReply, opaque: number): boolean
  /** Settles the exchange. Replies may still come. */
  fail(error: Error): void
}

/** A command whose reply is lines: `mn`, `stats settings`, the authentication. An error is a line too, and the last one. */
export class LineExchange implements Exchange {
  readonly deadline: number
  readonly lines: Promise<string[]>
  readonly #text: string
  readonly #isLast: (line: string) => boolean
  readonly #received: string[] = []
  #isSettled = false
  #resolve: (lines: string[]) => void = () => {}
  #reject: (error: Error) => void = () => {}

  /** @param isLast returns true for the line that ends the reply */
  constructor(text: string, isLast: (line: string) => boolean, deadline = Infinity) {
    this.deadline = deadline
    this.#text = text
    this.#isLast = isLast
    this.lines = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  get isSettled(): boolean {
    return this.#isSettled
  }

  addTo(outgoing: Outgoing): void {
    outgoing.addText(this.#text)
  }

  receive(reply: MetaReply | LineReply): boolean {
    if (reply.code !== 'error' && reply.code !== 'line') {
      throw new InvalidReplyError(`The reply is that of another command: ${reply.code}`)
    }
    this.#received.push(reply.code === 'error' ? reply.message : reply.line)
    if (reply.code === 'line' && !this.#isLast(reply.line)) return false
    this.#isSettled = true
    this.#resolve(this.#received)
    return true
  }

  fail(error: Error): void {
    this.#isSettled = true
    this.#reject(error)
  }
}
