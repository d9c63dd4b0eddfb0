/**
 * One connection whose plain requests are answered from its bytes. At the first bytes that are anything else the connection is
 * handed over: the HTTP server gets the socket with these bytes, and keeps it.
 */
import type { Socket } from 'node:net'
import type { HeaderValues } from '../front/hit-headers.ts'
import type { KnownBlocks } from './known-blocks.ts'
import { RequestReader } from './request-reader.ts'
import type { ResponseBytes } from './response-bytes.ts'
import { type RawTimeouts, REQUEST_TIMEOUT } from './server-settings.ts'
import { writeParts } from './write-parts.ts'

/** State that the connections of one server share. */
export interface RawPhase {
  readonly knownBlocks: KnownBlocks
  readonly maxRequestBytes: number
  /** The response to a GET with these values of the headers that the front reads; `undefined` if it is no hit. */
  respond(url: string, received: HeaderValues | undefined, socket: Socket): ResponseBytes | undefined
  /**
   * Serves a GET that is no hit, and resolves with false if it was the last one. Returns `undefined` if the HTTP server must serve
   * it. Default: the HTTP server serves all of them.
   */
  readonly serveMiss?:
    | ((socket: Socket, url: string, headers: Headers) => Promise<boolean> | undefined)
    | undefined
  /** Gives the socket to the HTTP server. */
  handOver(socket: Socket): void
  /** True once each response must be the last of its connection. */
  isClosing(): boolean
  /** Number of the current sweep. */
  tick(): number
}

export class RawConnection {
  readonly #socket: Socket
  readonly #phase: RawPhase
  readonly #reader: RequestReader
  /** The sweep at the last response; before the first one, the sweep at the start. */
  #activeAt: number
  #hasAnswered = false
  /** True while the app serves a request. */
  #isServing = false
  /** Bytes that have arrived meanwhile. */
  #held: Buffer | undefined
  /** True if the client has closed its side meanwhile. */
  #hasEnded = false
  #isOver = false

  constructor(socket: Socket, phase: RawPhase) {
    this.#socket = socket
    this.#phase = phase
    this.#reader = new RequestReader(phase.knownBlocks, phase.maxRequestBytes)
    this.#activeAt = phase.tick()
    socket.on('data', this.#onData)
    socket.on('drain', this.#onDrain)
    socket.on('end', this.#onEnd)
    socket.on('error', ignoreError) // the socket is closed then, and its `close` event ends the connection
  }

  /** True between two requests, as in `closeIdleConnections` of node:http: a connection without a request is not idle. */
  get isIdle(): boolean {
    return this.#hasAnswered && !this.#isServing && !this.#isOver && this.#socket.writableLength === 0
  }

  /** Closes the socket, after the bytes that are still to be written. */
  end(): void {
    this.#isOver = true
    this.#socket.destroySoon()
  }

  /** Closes the connection if it has been silent for too long. */
  sweep(tick: number, { keepAliveMs, firstRequestMs }: RawTimeouts, sweepMs: number): void {
    if (this.#isOver) return
    if (this.#isServing || this.#socket.writableLength > 0) {
      this.#activeAt = tick // as in node:http, the time counts from the end of the response
      return
    }
    const limitMs = this.#hasAnswered ? keepAliveMs : firstRequestMs
    // The last response may be up to one interval younger than its sweep, so one more has to pass.
    if (limitMs === 0 || (tick - this.#activeAt - 1) * sweepMs < limitMs) return
    if (!this.#hasAnswered) this.#socket.write(REQUEST_TIMEOUT)
    this.end()
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#isOver) return // after the last response, as in node:http
    if (this.#isServing) this.#hold(chunk)
    else if (!this.#answer(this.#reader.urlOf(chunk))) this.#handOver(chunk)
  }

  /** Returns false, without effect, if the HTTP server must serve the request. */
  #answer(url: string | undefined): boolean {
    if (url === undefined) return false
    const response = this.#phase.respond(url, this.#reader.received, this.#socket)
    if (response !== undefined) {
      this.#write(response)
      return true
    }
    const served = this.#phase.serveMiss?.(this.#socket, url, this.#reader.headers)
    if (served === undefined) return false
    void this.#continueAfter(served)
    return true
  }

  /** Keeps bytes for later. No more are read, so that a client cannot fill the memory. */
  #hold(chunk: Buffer): void {
    this.#held = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk])
    this.#socket.pause()
  }

  async #continueAfter(served: Promise<boolean>): Promise<void> {
    this.#isServing = true
    const isReusable = await served
    this.#isServing = false
    this.#hasAnswered = true
    this.#activeAt = this.#phase.tick()
    if (!isReusable) this.end()
    else if (this.#socket.writableNeedDrain) this.#socket.pause()
    else this.#readOn()
  }

  /** Continues with the bytes that were held, and reads further ones. */
  #readOn(): void {
    const held = this.#held
    this.#held = undefined
    this.#socket.resume()
    if (held !== undefined) this.#onData(held)
    else if (this.#hasEnded) this.end()
  }

  #write([head, body]: ResponseBytes): void {
    const socket = this.#socket
    this.#hasAnswered = true
    this.#activeAt = this.#phase.tick()
    if (body === undefined) socket.write(head, 'latin1')
    else writeParts(socket, head, body)
    if (this.#phase.isClosing()) this.end()
    // Otherwise a client could fill the memory with responses by sending requests without reading.
    else if (socket.writableNeedDrain) socket.pause()
  }

  readonly #onDrain = (): void => {
    if (!this.#isServing && !this.#isOver) this.#readOn()
  }

  readonly #onEnd = (): void => {
    this.#hasEnded = true
    if (!this.#isServing) this.end()
  }

  #handOver(chunk: Buffer): void {
    const socket = this.#socket
    this.#isOver = true
    socket.off('data', this.#onData)
    socket.off('drain', this.#onDrain)
    socket.off('end', this.#onEnd)
    socket.unshift(chunk)
    this.#phase.handOver(socket)
    socket.off('error', ignoreError)
  }
}

function ignoreError(): void {}
