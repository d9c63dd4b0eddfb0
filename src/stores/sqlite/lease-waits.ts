/** The leases for which reads of this process wait. Their ends need no message: the leases are looked for in the file. */
import type { Connection } from './file/connection.ts'
import { findLease } from './operations.ts'

/** Number of leases that are looked for. Reads that wait for others ask again after a while. */
const MAX_WAITS = 1000

export interface LeaseWait {
  readonly namespace: string
  readonly name: string
  readonly version: string
  /** Token of the lease. */
  readonly token: string
  /** Called when the lease has ended. */
  readonly onEnd: () => void
}

export class LeaseWaits {
  readonly #now: () => number
  readonly #onWait: () => void
  readonly #waits = new Map<string, LeaseWait>()
  #state = ''
  /** Time at which the first of the leases runs out if it is not renewed. */
  #endsAt = -Infinity

  /** @param onWait called when a lease is added. */
  constructor(now: () => number, onWait: () => void) {
    this.#now = now
    this.#onWait = onWait
  }

  get isEmpty(): boolean {
    return this.#waits.size === 0
  }

  add(wait: LeaseWait): void {
    if (this.#waits.size >= MAX_WAITS) return
    this.#waits.set(`${wait.namespace} ${wait.name} ${wait.version} ${wait.token}`, wait)
    this.#endsAt = -Infinity
    this.#onWait()
  }

  /** Ends the waits for leases that have ended. Does nothing if neither the file nor a lease can have changed. */
  check(connection: Connection): void {
    if (this.isEmpty) return
    const { state } = connection
    const now = this.#now()
    if (state === this.#state && now < this.#endsAt) return
    this.#state = state
    this.#endsAt = Infinity
    for (const [key, { namespace, name, version, token, onEnd }] of this.#waits) {
      const lease = findLease(connection.tables, namespace, { name, version, token })
      if (lease !== undefined && lease.until > now) {
        this.#endsAt = Math.min(this.#endsAt, lease.until)
      } else {
        this.#waits.delete(key)
        onEnd()
      }
    }
  }
}
