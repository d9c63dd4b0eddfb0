/** One server: its connection, and the limits of the calls. */

import { serverName } from './addressing/server-address.ts'
import { Call, type RunResult } from './call.ts'
import type { Connection } from './connection.ts'
import { ConnectionChangedError } from './connection-changed-error.ts'
import { type Exchange, LineExchange } from './exchange.ts'
import { DEFAULT_ITEM_BYTES } from './handshake.ts'
import type { MetaCommand } from './meta-command.ts'
import { NoAnswerError } from './no-answer-error.ts'
import { type ConnectOptions, openConnection } from './open-connection.ts'
import { Alarm } from './timing/alarm.ts'

export interface ServerOptions extends ConnectOptions {
  /** Limit of a call, in ms. */
  readonly timeoutMs: number
  /** A connection closes if replies are outstanding and nothing has arrived for this time, in ms. */
  readonly silenceMs: number
}

export interface RunOptions {
  /** Number of a connection. The call is rejected if another one is open, or none. */
  readonly connection?: number | undefined
  /** Limit of this call, in ms. Default: that of the server. */
  readonly timeoutMs?: number | undefined
}

/** Interval at which a server that did not answer gets a probe. */
const PROBE_INTERVAL_MS = 250

/** After a failed attempt to connect, calls fail at once for this time. It doubles with each further attempt. */
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 250

export class MemcachedServer {
  /** `host:port`, or the path of a Unix socket. */
  readonly name: string
  readonly #options: ServerOptions
  readonly #alarm: Alarm
  #connection: Connection | undefined
  /** Number of the last connection. */
  #lastNumber = 0
  #nextOpaque = 0
  #maxItemBytes = DEFAULT_ITEM_BYTES
  #isOpening = false
  /** Exchanges that wait for the connection that is being opened. */
  #waiting: Exchange[] = []
  #failedAttempts = 0
  #pauseEndsAt = -Infinity
  #lastFailure: Error | undefined
  /** The server did not answer in time, and has not answered a probe since. */
  #isSuspect = false
  #isProbing = false
  #cancelProbe = () => {}
  /** Aborts when the client is closed. */
  readonly #opening = new AbortController()
  #closing: Promise<void> | undefined

  constructor(options: ServerOptions) {
    this.name = serverName(options.address)
    this.#options = options
    this.#alarm = new Alarm(options.timers, (now) => this.#applyLimits(now))
  }

  /** Largest size of an item in bytes, with its key and about 50 bytes of the server; 1 MiB until the first connection. */
  get maxItemBytes(): number {
    return this.#maxItemBytes
  }

  /**
   * Sends the commands as one pipeline. Rejects if the connection cannot be made, breaks, or does not answer in time; at once if
   * the server did not answer the last time.
   *
   * With `connection`, rejects with a {@link ConnectionChangedError} and sends nothing if that is not the open connection.
   */
  run(commands: readonly MetaCommand[], options: RunOptions = {}): Promise<RunResult> {
    return new Promise((resolve, reject) => {
      const { connection: number, timeoutMs = this.#options.timeoutMs } = options
      if (number !== undefined && number !== this.#connection?.number) {
        throw new ConnectionChangedError(`${this.name}: connection ${number} is no longer open`)
      }
      const now = this.#options.timers.now()
      if (commands.length === 0) resolve({ replies: [], connection: this.#connection?.number ?? 0 })
      else this.#start(new Call(commands, this.#opaqueFor(commands), now + timeoutMs, resolve, reject), now)
    })
  }

  /** Returns the number of the first of some commands. Only few are in flight, so that small numbers tell them apart. */
  #opaqueFor(commands: readonly MetaCommand[]): number {
    const opaque = this.#nextOpaque
    this.#nextOpaque = (opaque + commands.length) % 1000
    return opaque
  }

  /** Resolves if the server answers. */
  async ping(): Promise<void> {
    const now = this.#options.timers.now()
    const ping = new LineExchange('mn\r\n', () => true, now + this.#options.timeoutMs)
    this.#start(ping, now)
    await ping.lines
  }

  /** Rejects further calls. Resolves when those that were sent have settled and the connection is closed. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const error = this.#closedError()
    this.#opening.abort(error)
    this.#cancelProbe()
    for (const exchange of this.#waiting.splice(0)) exchange.fail(error)
    if (!this.#isSuspect) await this.#connection?.idle()
    this.#connection?.close(error)
    this.#alarm.stop()
  }

  /** @throws if the exchange would fail at once. */
  #start(exchange: Exchange, now: number): void {
    if (this.#closing !== undefined) throw this.#closedError()
    if (this.#isSuspect) throw new NoAnswerError(`${this.name} does not answer`)
    if (this.#connection !== undefined) this.#connection.send(exchange)
    else this.#sendWhenOpen(exchange, now)
    this.#alarm.setFor(Math.min(exchange.deadline, now + this.#options.silenceMs))
  }

  #sendWhenOpen(exchange: Exchange, now: number): void {
    if (!this.#isOpening) {
      if (this.#lastFailure !== undefined && now < this.#pauseEndsAt) throw this.#lastFailure
      void this.#open()
    }
    this.#waiting.push(exchange)
  }

  /** Opens the connection and sends what waits for it. Never rejects. */
  async #open(): Promise<void> {
    this.#isOpening = true
    try {
      const { connection, maxItemBytes } = await openConnection(
        ++this.#lastNumber,
        this.#options,
        this.#opening.signal,
      )
      this.#isOpening = false
      this.#maxItemBytes = maxItemBytes
      this.#use(connection)
    } catch (failure) {
      this.#isOpening = false
      this.#failed(failure as Error) // openConnection rejects only with errors
    }
  }

  #use(connection: Connection): void {
    connection.whenClosed(() => {
      this.#connection = undefined
    })
    if (this.#closing !== undefined) connection.close(this.#closedError())
    if (connection.closed !== undefined) throw connection.closed
    this.#connection = connection
    this.#failedAttempts = 0
    this.#trust()
    for (const exchange of this.#waiting.splice(0)) connection.send(exchange)
  }

  #failed(failure: Error): void {
    this.#lastFailure = failure
    this.#pauseEndsAt =
      this.#options.timers.now() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failedAttempts)
    this.#failedAttempts++
    for (const exchange of this.#waiting.splice(0)) exchange.fail(failure)
    if (failure instanceof NoAnswerError) this.#distrust()
  }

  /** Fails what is over its limits. Returns the time of the next limit. */
  #applyLimits(now: number): number {
    const connection = this.#connection
    let next = Infinity
    for (const exchange of [...this.#waiting, ...(connection?.outstanding ?? [])]) {
      if (exchange.isSettled) continue
      if (exchange.deadline > now) {
        next = Math.min(next, exchange.deadline)
        continue
      }
      exchange.fail(new NoAnswerError(`${this.name} did not answer in time`))
      this.#distrust()
    }
    this.#waiting = this.#waiting.filter(({ isSettled }) => !isSettled)
    if (connection === undefined) return next
    const silentUntil = connection.silentSince + this.#options.silenceMs
    if (silentUntil > now) return Math.min(next, silentUntil)
    connection.close(new NoAnswerError(`${this.name} sent nothing for ${this.#options.silenceMs} ms`))
    this.#distrust()
    return next
  }

  #distrust(): void {
    if (this.#isSuspect || this.#closing !== undefined) return
    this.#isSuspect = true
    this.#probe()
  }

  #trust(): void {
    this.#isSuspect = false
    this.#cancelProbe()
  }

  /** Sends a probe, now and at each interval, until one is answered. */
  #probe(): void {
    this.#cancelProbe = this.#options.timers.after(PROBE_INTERVAL_MS, () => this.#probe())
    if (this.#connection === undefined) {
      if (!this.#isOpening) void this.#open()
    } else if (!this.#isProbing) {
      void this.#probeOn(this.#connection)
    }
  }

  async #probeOn(connection: Connection): Promise<void> {
    this.#isProbing = true
    const probe = new LineExchange('mn\r\n', () => true)
    connection.send(probe)
    this.#alarm.setFor(this.#options.timers.now() + this.#options.silenceMs)
    try {
      await probe.lines
      this.#trust()
    } catch {
      // The connection closed; the next probe opens another one.
    } finally {
      this.#isProbing = false
    }
  }

  #closedError(): Error {
    return new Error(`${this.name}: the client is closed`)
  }
}
