/** The servers whose last read or ping failed. While another one answers, the store works, although some of its reads fail. */
import type { ServerListener } from './server-listener.ts'
import type { Server } from './session.ts'

export class FailedServers {
  readonly #count: number
  readonly #onServer: ServerListener
  readonly #failed = new Set<Server>()

  /** @param count number of all servers */
  constructor(count: number, onServer: ServerListener = () => {}) {
    this.#count = count
    this.#onServer = onServer
  }

  /** True if no server is known to answer. */
  get areAll(): boolean {
    return this.#failed.size === this.#count
  }

  /** Notes whether a call of the server fails. Resolves and rejects as the call. */
  async watch<T>(server: Server, call: Promise<T>): Promise<T> {
    try {
      const result = await call
      if (this.#failed.delete(server)) this.#onServer(server.name, undefined)
      return result
    } catch (error) {
      this.#failed.add(server)
      this.#onServer(server.name, error)
      throw error
    }
  }
}
