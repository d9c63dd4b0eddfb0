/**
 * A connection that was handed over to the HTTP server, on a runtime whose HTTP server applies its timeouts only to connections
 * that it has accepted itself.
 */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type RawTimeouts, REQUEST_TIMEOUT } from './server-settings.ts'

export class HandedConnection {
  readonly #socket: Socket
  /** The sweep at the end of the last response; before the first one, the sweep at the start. */
  #activeAt: number
  /** Requests whose responses have not ended. */
  #inFlight = 0
  /** Bytes that were read when the last response ended; `undefined` before it. */
  #bytesRead: number | undefined
  #isOver = false

  constructor(socket: Socket, tick: number) {
    this.#socket = socket
    this.#activeAt = tick
  }

  /** True between two requests. */
  get isIdle(): boolean {
    const { bytesRead } = this.#socket
    return !this.#isOver && this.#inFlight === 0 && !this.#isWriting && this.#bytesRead === bytesRead
  }

  get #isWriting(): boolean {
    return this.#socket.writableLength > 0
  }

  /** To be called when the HTTP server has received a request of the connection. */
  requestStarted(response: ServerResponse): void {
    this.#inFlight++
    response.once('close', () => {
      this.#inFlight--
      this.#bytesRead = this.#socket.bytesRead
    })
  }

  /** Closes the connection if it has been silent, or its next request has not been complete, for too long. */
  sweep(tick: number, { keepAliveMs, firstRequestMs }: RawTimeouts, sweepMs: number): void {
    if (this.#isOver) return
    if (this.#inFlight > 0 || this.#isWriting) {
      this.#activeAt = tick // as in node:http, the time counts from the end of the response
      return
    }
    const { isIdle } = this
    const limitMs = isIdle ? keepAliveMs : firstRequestMs
    if (limitMs === 0 || (tick - this.#activeAt - 1) * sweepMs < limitMs) return
    if (!isIdle) this.#socket.write(REQUEST_TIMEOUT)
    this.end()
  }

  /** Closes the socket, after the bytes that are still to be written. */
  end(): void {
    this.#isOver = true
    this.#socket.destroySoon()
  }
}
