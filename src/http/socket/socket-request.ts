/** A GET from a raw connection. Its signal aborts when the connection is closed. */
import type { Socket } from 'node:net'

/**
 * A subclass, because few handlers read `signal`, and a signal takes as long as the rest of a request on Bun. A property of each
 * object would take as long.
 */
export class SocketRequest extends Request {
  readonly #socket: Socket
  #signal: AbortSignal | undefined
  #detach: (() => void) | undefined

  constructor(socket: Socket, url: string, headers: Headers) {
    super(url, { headers })
    this.#socket = socket
  }

  /** Address of the client. */
  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress
  }

  override get signal(): AbortSignal {
    this.#signal ??= this.#createSignal()
    return this.#signal
  }

  /** To be called after the response: from then on the signal does not abort. */
  detach(): void {
    this.#detach?.()
  }

  #createSignal(): AbortSignal {
    const abort = new AbortController()
    const onClose = () => abort.abort(new DOMException('The client closed the connection', 'AbortError'))
    this.#socket.once('close', onClose)
    this.#detach = () => this.#socket.off('close', onClose)
    if (this.#socket.destroyed) onClose()
    return abort.signal
  }
}
