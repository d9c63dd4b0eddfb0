/** A client that sends bytes and collects bytes, without any HTTP of its own. */
import { connect, type Socket } from 'node:net'

export class RawClient {
  readonly socket: Socket
  /** Everything that was received, a character for each byte. */
  received = ''
  /** True once the server has closed its side. */
  hasEnded = false
  #waiting: (() => void)[] = []

  /** Connects to a port of 127.0.0.1. The client does not close its side when the server closes its own. */
  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    this.socket.setNoDelay(true)
    this.socket.on('data', (chunk) => this.#onChange(chunk.toString('latin1')))
    this.socket.on('end', () => this.#onChange('', true))
    this.socket.on('close', () => this.#onChange('', true))
    this.socket.on('error', () => {}) // the end of the connection is visible without it
  }

  /** Sends text, a byte for each character. Resolves when the system has the bytes. */
  send(text: string): Promise<void> {
    return new Promise((resolve) => this.socket.write(text, 'latin1', () => resolve()))
  }

  /** Resolves with everything received once `condition` holds for it, or the server has closed its side. */
  async until(condition: (received: string) => boolean): Promise<string> {
    while (!condition(this.received) && !this.hasEnded) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    return this.received
  }

  /** Resolves with everything received once the server has closed its side. */
  ended(): Promise<string> {
    return this.until(() => false)
  }

  close(): void {
    this.socket.destroy()
  }

  #onChange(text: string, hasEnded = this.hasEnded): void {
    this.received += text
    this.hasEnded = hasEnded
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
