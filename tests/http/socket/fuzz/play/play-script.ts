/** Plays a script on a new connection and records what the server does. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { type Round, roundsOf, type Script, writesOf } from '../script.ts'
import { type RawResponse, ResponseReader } from './response-reader.ts'

export interface Transcript {
  responses: readonly RawResponse[]
  /** Bytes after the last complete response. */
  rest: string
  /**
   * `closed`: the server closed the connection. `ended`: it did so after the client had closed its side. `open`: it never did.
   */
  end: 'closed' | 'ended' | 'open'
}

/**
 * Turns of the event loop without a byte and without a request in the app after which the server waits for the client. Server
 * and client share the loop, so that these are enough even for a large response on the slowest machine.
 */
const QUIET_TURNS = 120

/** Turns after a write, in which the server reads it. */
const WRITE_TURNS = 2

/** @param isIdle true if the app behind the server has no request. */
export async function playScript(port: number, script: Script, isIdle: () => boolean): Promise<Transcript> {
  const connection = await Connection.open(port, isIdle)
  try {
    for (const [i, round] of roundsOf(script).entries()) {
      await connection.send(round)
      if (countRequests(round) === 0) await connection.quiet()
      else if (i === 0 || !script.readsLate) await connection.answered()
      if (script.readsLate) connection.stopReading()
    }
    connection.readOn()
    await connection.answered()
    await connection.closed()
    return connection.transcript()
  } finally {
    connection.destroy()
  }
}

function countRequests({ parts }: Round): number {
  return parts.filter(({ method }) => method !== undefined).length
}

class Connection {
  readonly #socket: Socket
  readonly #reader = new ResponseReader()
  readonly #isIdle: () => boolean
  #sent = 0
  #received = 0
  #isClosed = false
  #hasEnded = false

  private constructor(socket: Socket, isIdle: () => boolean) {
    this.#socket = socket
    this.#isIdle = isIdle
    socket.on('data', (chunk: Buffer) => {
      this.#received++
      this.#reader.push(chunk.toString('latin1'))
    })
    const close = () => {
      this.#isClosed = true
    }
    socket.on('end', close)
    socket.on('close', close)
    socket.on('error', close)
  }

  static async open(port: number, isIdle: () => boolean): Promise<Connection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    const connection = new Connection(socket, isIdle)
    await once(socket, 'connect')
    return connection
  }

  /** Writes each piece of the round alone. A connection that the server has closed gets no further one. */
  async send(round: Round): Promise<void> {
    this.#sent += countRequests(round)
    for (const write of writesOf(round)) {
      if (this.#isClosed) return
      this.#socket.write(write, 'latin1')
      for (let i = 0; i < WRITE_TURNS; i++) await setImmediate()
    }
  }

  /** Resolves when each part has its response, or no more come. */
  async answered(): Promise<void> {
    await this.#until(() => this.#isClosed || this.#reader.finalCount >= this.#sent)
  }

  /** Resolves when the server waits for the client. */
  async quiet(): Promise<void> {
    await this.#until(() => this.#isClosed)
  }

  stopReading(): void {
    this.#socket.pause()
  }

  readOn(): void {
    this.#socket.resume()
  }

  /** Resolves when the server has closed the connection. Closes the side of the client if the server waits for it. */
  async closed(): Promise<void> {
    await this.#until(() => this.#isClosed)
    if (this.#isClosed) return
    this.#hasEnded = true
    this.#socket.end()
    await this.#until(() => this.#isClosed)
  }

  transcript(): Transcript {
    if (this.#isClosed) this.#reader.finish()
    const { responses, rest } = this.#reader
    if (!this.#isClosed) return { responses, rest, end: 'open' }
    return { responses, rest, end: this.#hasEnded ? 'ended' : 'closed' }
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Resolves when the condition holds, or after some turns of the event loop without a byte. */
  async #until(condition: () => boolean): Promise<void> {
    let received = this.#received
    for (let quiet = 0; quiet < QUIET_TURNS && !condition(); quiet++) {
      await setImmediate()
      if (this.#received === received && this.#isIdle()) continue
      received = this.#received
      quiet = 0
    }
  }
}
