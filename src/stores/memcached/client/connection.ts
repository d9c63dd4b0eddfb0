/** An open connection: sends commands as one pipeline, and gives each exchange its replies, in order. */
import type { Socket } from 'node:net'
import { nextTick } from 'node:process'
import type { Exchange } from './exchange.ts'
import { Outgoing } from './outgoing.ts'
import { InvalidReplyError, ReplyParser } from './reply-parser.ts'

export class Connection {
  readonly number: number
  readonly #socket: Socket
  readonly #now: () => number
  readonly #outgoing = new Outgoing()
  readonly #parser = new ReplyParser((reply) => {
    const exchange = this.#exchanges[this.#head]
    if (exchange === undefined) throw new InvalidReplyError('A reply came without a command')
    if (exchange.receive(reply)) this.#head++
  })
  /** In the order of their commands. Those before `#head` have all their replies. */
  #exchanges: Exchange[] = []
  #head = 0
  /** Time since which replies are outstanding and nothing has arrived. */
  #silentSince = 0
  #isWriteScheduled = false
  #closed: Error | undefined
  #onClose: (error: Error) => void = () => {}
  #onIdle: () => void = () => {}

  /**
   * @param number differs from those of all earlier connections to the server
   * @param socket is connected; from now on the connection owns it
   * @param now clock, in ms
   */
  constructor(number: number, socket: Socket, now: () => number) {
    this.number = number
    this.#socket = socket
    this.#now = now
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', (error) => this.close(error))
    socket.on('close', () => this.close(new Error('The server closed the connection')))
    socket.unref()
  }

  /** The error with which the connection closed; `undefined` while it is open. */
  get closed(): Error | undefined {
    return this.#closed
  }

  /** Time since which replies are outstanding and nothing has arrived; `Infinity` if none is outstanding. */
  get silentSince(): number {
    return this.#exchanges.length === 0 ? Infinity : this.#silentSince
  }

  /** Exchanges without their last reply, in order. */
  get outstanding(): readonly Exchange[] {
    return this.#exchanges.slice(this.#head)
  }

  /** Calls `run` once, when the connection has closed. */
  whenClosed(run: (error: Error) => void): void {
    this.#onClose = run
  }

  send(exchange: Exchange): void {
    exchange.addTo(this.#outgoing, this.number)
    if (this.#exchanges.length === 0) {
      this.#silentSince = this.#now()
      this.#socket.ref()
    }
    this.#exchanges.push(exchange)
    if (this.#isWriteScheduled) return
    this.#isWriteScheduled = true
    // After the promise callbacks that are due, because they may send more.
    nextTick(() => this.#write())
  }

  /** Fails all outstanding exchanges. */
  close(error: Error): void {
    if (this.#closed !== undefined) return
    this.#closed = error
    this.#socket.destroy()
    const { outstanding } = this
    this.#exchanges = []
    this.#head = 0
    for (const exchange of outstanding) exchange.fail(error)
    this.#onClose(error)
    this.#onIdle()
  }

  /** Resolves when the outstanding replies have come, or the connection has closed. */
  async idle(): Promise<void> {
    if (this.#exchanges.length > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
    }
  }

  #write(): void {
    this.#isWriteScheduled = false
    if (this.#closed === undefined) this.#outgoing.writeTo(this.#socket)
  }

  #receive(chunk: Buffer): void {
    if (this.#closed !== undefined) return
    this.#silentSince = this.#now()
    try {
      this.#parser.push(chunk)
    } catch (error) {
      this.close(error as Error) // the parser and the exchanges throw only errors
      return
    }
    this.#exchanges.splice(0, this.#head)
    this.#head = 0
    if (this.#exchanges.length > 0) return
    this.#socket.unref()
    this.#onIdle()
  }
}
