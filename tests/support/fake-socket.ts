/** A socket that records what is written to it. */
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'

export class FakeSocket extends EventEmitter {
  /** Bytes of each system call, as text: what is written between `cork` and `uncork` is one. */
  readonly writes: string[] = []
  /** The written chunks themselves. */
  readonly chunks: (string | Uint8Array)[] = []
  isReferenced = true
  isDestroyed = false
  #corked: string[] | undefined

  /** As the type that a client uses. */
  get asSocket(): Socket {
    return this as unknown as Socket // the client calls no other methods
  }

  write(chunk: string | Uint8Array): boolean {
    this.chunks.push(chunk)
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1')
    if (this.#corked === undefined) this.writes.push(text)
    else this.#corked.push(text)
    return true
  }

  cork(): void {
    this.#corked ??= []
  }

  uncork(): void {
    this.writes.push(this.#corked?.join('') ?? '')
    this.#corked = undefined
  }

  ref(): void {
    this.isReferenced = true
  }

  unref(): void {
    this.isReferenced = false
  }

  destroy(): void {
    this.isDestroyed = true
  }

  /** Lets the server send something. */
  receive(text: string): void {
    this.emit('data', Buffer.from(text, 'latin1'))
  }
}
