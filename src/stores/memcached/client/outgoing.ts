/** Commands that the next write sends. */
import type { Socket } from 'node:net'

export class Outgoing {
  /** Texts and values before the last text. */
  #chunks: (string | Uint8Array)[] = []
  #text = ''

  addText(text: string): void {
    this.#text += text
  }

  /** Adds a value without copying it, and the line break after it. */
  addValue(value: Uint8Array): void {
    this.#chunks.push(this.#text, value)
    this.#text = '\r\n'
  }

  /** Writes everything in one system call. */
  writeTo(socket: Socket): void {
    const chunks = this.#chunks
    const text = this.#text
    this.#text = ''
    if (chunks.length === 0) {
      socket.write(text, 'latin1')
      return
    }
    this.#chunks = []
    socket.cork()
    for (const chunk of chunks) {
      if (typeof chunk === 'string') socket.write(chunk, 'latin1')
      else socket.write(chunk)
    }
    socket.write(text, 'latin1')
    socket.uncork()
  }
}
