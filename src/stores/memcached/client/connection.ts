/** An open connection: sends commands as one pipeline, and gives each exchange its replies, in order. */
import type { Socket } from 'node:net'
import type { Exchange } from './exchange.ts'
import { Outgoing } from './outgoing.ts'
import { InvalidReplyError, ReplyParser } from './reply-parser.ts'
import type { Timers } from './timing/timers.ts'

export interface ConnectionParts {
  /** Name of the server, for errors. */
  readonly name: string
  /** Differs from those of all earlier connections to the server. */
  readonly number: number
  /** The connection owns it. It may still be connecting. */
  readonly socket: Socket
  readonly timers: Timers
}

export class Connection {
  readonly name: string
  readonly number: number
  readonly #socket: Socket
  readonly #timers: Timers
  readonly #outgoing = new Outgoing()
  readonly #parser = new ReplyParser((reply, opaque) => {
    const exchange = this.#exchanges[this.#head]
    if (exchange === undefined) throw new InvalidReplyError('A reply came without a command')
    if (exchange.receive(reply, opaque)) this.#head++
  })
  /** In the order of their commands. Those before `#head` have all their replies. */
  #exchanges: Exchange[] = []
  #head = 0
  /** Time since which replies are outstanding and nothing has arrived. */
  #silentSince = Infinity
  #isWriteScheduled = false
  #closed: Error | undefined
  #onClose = () => {}
  #onIdle = () => {}

  constructor({ name, number, socket, timers }: ConnectionParts) {
    this.name = name
    this.number = number
    this.#socket = socket
    this.#timers = timers
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', (error) => this.#fail(error))
    const onEnd = () => this.close(new Error(`${name} closed the connection`))
    socket.on('end', onEnd)
    socket.on('close', onEnd)
  }

  /** The error with which the connection closed; `undefined` while it is open. */
  get closed(): Error | undefined {
    return this.#closed
  }

  /** Time since which replies are outstanding and nothing has arrived; `Infinity` if none is outstanding. */
  get silentSince(): number {
    return this.#silentSince
  }

  /** Exchanges without their last reply, in order. */
  get outstanding(): readonly Exchange[] {
    return this.#exchanges.slice(this.#head)
  }

  /** Calls `run` once, when the connection closes. */
  whenClosed(run: () => void): void {
    this.#onClose = run
  }

  send(exchange: Exchange): void {
    exchange.addTo(this.#outgoing, this.number)
    if (this.#exchanges.length === 0) this.#socket.ref()
    this.#exchanges.push(exchange)
    if (this.#isWriteScheduled) return
    this.#isWriteScheduled = true
    // After all callbacks of this turn of the event loop, because they may send more. No reply could be read earlier.
    setImmediate(() => this.#write())
  }

  /** Fails all outstanding exchanges. */
  close(error: Error): void {
    if (this.#closed !== undefined) return
    this.#closed = error
    this.#socket.destroy()
    const { outstanding } = this
    this.#exchanges = []
    this.#head = 0
    this.#silentSince = Infinity
    for (const exchange of outstanding) exchange.fail(error)
    this.#onClose()
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
    if (this.#closed !== undefined) return
    if (this.#silentSince === Infinity) this.#silentSince = this.#timers.now()
    this.#outgoing.writeTo(this.#socket)
  }

  #receive(chunk: Buffer): void {
    if (this.#closed !== undefined) return
    this.#silentSince = this.#timers.now()
    try {
      this.#parser.push(chunk)
    } catch (error) {
      this.#fail(error as Error) // the parser and the exchanges throw only errors
      return
    }
    this.#exchanges.splice(0, this.#head)
    this.#head = 0
    if (this.#exchanges.length > 0) return
    this.#silentSince = Infinity
    this.#socket.unref()
    this.#onIdle()
  }

  #fail(cause: Error): void {
    // The error for a host with several addresses has a code alone.
    const reason = cause.message || ('code' in cause ? cause.code : cause.name)
    this.close(new Error(`${this.name}: ${reason}`, { cause }))
  }
}
