/** The servers whose last read or ping failed. While another one answers, the store works, although some of its reads fail. */
import type { Server } from './session.ts'

export class FailedServers {
  readonly #count: number
  readonly #failed = new Set<Server>()

  /** @param count number of all servers */
  constructor(count: number) {
    this.#count = count
  }

  /** True if no server is known to answer. */
  get areAll(): boolean {
    return this.#failed.size === this.#count
  }

  /** Notes whether a call of the server fails. Resolves and rejects as the call. */
  async watch<T>(server: Server, call: Promise<T>): Promise<T> {
    try {
      const result = await call
      this.#failed.delete(server)
      return result
    } catch (error) {
      this.#failed.add(server)
      throw error
    }
  }
}
