/** One connection of a proxy, with the fault that applies to it. */
import { connect, type Socket } from 'node:net'

/**
 * `pass`: no fault. `delay`: each answer arrives `ms` later. `slow-connect`: new connections pass nothing for `ms`. `freeze`:
 * connections stay open, new ones are accepted, and nothing is passed on until the fault ends. `mute`: as `freeze`, but requests
 * reach the server. `cut`: all connections are closed, and new ones at once. `cut-answers`: each connection is closed after
 * `bytes` of further answers. `garbage`: each request is answered with HTML. `refuse`: all connections are closed, and the port
 * refuses new ones.
 */
export type Fault =
  | { kind: 'pass' | 'freeze' | 'mute' | 'cut' | 'garbage' | 'refuse' }
  | { kind: 'delay' | 'slow-connect'; ms: number }
  | { kind: 'cut-answers'; bytes: number }

const HTML = '<html><body><h1>400 Bad Request</h1></body></html>'
const GARBAGE = `HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: ${HTML.length}\r\n\r\n${HTML}`

export class FaultyLink {
  readonly #client: Socket
  readonly #targetPort: number
  readonly #onEnd: () => void
  #server: Socket | undefined
  #fault: Fault
  /** Bytes that `cut-answers` still passes. */
  #bytesLeft = Infinity
  /** Answers that wait for their delay, in order. */
  #held: { bytes: Buffer; dueAt: number }[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  constructor(client: Socket, targetPort: number, fault: Fault, onEnd: () => void) {
    this.#client = client
    this.#targetPort = targetPort
    this.#fault = fault
    this.#onEnd = onEnd
    client.on('error', () => this.close())
    client.on('close', () => this.close())
  }

  /** Begins to pass bytes, as far as the fault allows it. */
  open(): void {
    const fault = this.#fault
    this.#client.pause()
    if (fault.kind === 'slow-connect') this.#timer = setTimeout(() => this.#connect(), fault.ms)
    else this.#connect()
  }

  apply(fault: Fault): void {
    this.#fault = fault
    this.#bytesLeft = fault.kind === 'cut-answers' ? fault.bytes : Infinity
    const { kind } = fault
    if (kind === 'cut' || kind === 'refuse') this.close()
    if (this.#server === undefined) return
    if (kind === 'freeze') this.#client.pause()
    else this.#client.resume()
    if (kind === 'freeze' || kind === 'mute') this.#server.pause()
    else this.#server.resume()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#client.destroy()
    this.#server?.destroy()
    this.#onEnd()
  }

  #connect(): void {
    if (this.#isClosed) return
    const server = connect(this.#targetPort, '127.0.0.1')
    this.#server = server
    server.on('error', () => this.close())
    server.on('close', () => this.close())
    server.on('data', (bytes: Buffer) => this.#answer(bytes))
    this.#client.on('data', (bytes: Buffer) => this.#request(bytes))
    this.apply(this.#fault)
  }

  #request(bytes: Buffer): void {
    if (this.#fault.kind === 'garbage') this.#client.write(GARBAGE)
    else this.#server?.write(bytes)
  }

  #answer(bytes: Buffer): void {
    const fault = this.#fault
    if (fault.kind === 'garbage') return
    const delayMs = fault.kind === 'delay' ? fault.ms : 0
    if (delayMs === 0 && this.#held.length === 0) {
      this.#pass(bytes)
      return
    }
    // An answer never overtakes an earlier one, also when the delay ends.
    const dueAt = Math.max(performance.now() + delayMs, this.#held.at(-1)?.dueAt ?? 0)
    this.#held.push({ bytes, dueAt })
    if (this.#held.length === 1) this.#passLater()
  }

  #passLater(): void {
    const [first] = this.#held
    if (first === undefined || this.#isClosed) return
    this.#timer = setTimeout(
      () => {
        this.#held.shift()
        this.#pass(first.bytes)
        this.#passLater()
      },
      Math.max(0, first.dueAt - performance.now()),
    )
  }

  #pass(bytes: Buffer): void {
    if (bytes.length < this.#bytesLeft) {
      this.#bytesLeft -= bytes.length
      this.#client.write(bytes)
      return
    }
    const part = bytes.subarray(0, this.#bytesLeft)
    this.#bytesLeft = 0
    this.#client.end(part, () => this.close())
  }
}
