/** Counts the responses of a server on sockets that have not ended. */
import type { RequestListener } from '../../../http/front/front-listener.ts'
import type { ServeMiss } from '../../../http/socket/miss-server.ts'

export class OpenResponses {
  #count = 0

  /** Number of responses that have not been passed to the system to their end. */
  get count(): number {
    return this.#count
  }

  /** Wraps a listener of `node:http`, so that its responses are counted. */
  ofListener(listener: RequestListener): RequestListener {
    return (incoming, outgoing) => {
      this.#count++
      outgoing.once('close', this.#ended)
      return listener(incoming, outgoing)
    }
  }

  /** Wraps the server of misses likewise. */
  ofMisses(serveMiss: ServeMiss): ServeMiss {
    return (...request) => {
      const served = serveMiss(...request)
      if (served !== undefined) void this.#countUntil(served)
      return served
    }
  }

  async #countUntil(served: Promise<unknown>): Promise<void> {
    this.#count++
    await served // never rejects
    this.#count--
  }

  readonly #ended = (): void => {
    this.#count--
  }
}
