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
    this.#waits.set(keyOf(wait), wait)
    this.#endsAt = -Infinity
    this.#onWait()
  }

  /** Returns the waits for leases that have ended. Looks only if the file or a lease can have changed. */
  find(connection: Connection): LeaseWait[] {
    if (this.isEmpty) return []
    const { state } = connection
    const now = this.#now()
    if (state === this.#state && now < this.#endsAt) return []
    let endsAt = Infinity
    const ended: LeaseWait[] = []
    for (const wait of this.#waits.values()) {
      const lease = findLease(connection.tables, wait.namespace, wait)
      if (lease !== undefined && lease.until > now) endsAt = Math.min(endsAt, lease.until)
      else ended.push(wait)
    }
    this.#state = state
    this.#endsAt = endsAt
    return ended
  }

  end(wait: LeaseWait): void {
    this.#waits.delete(keyOf(wait))
    wait.onEnd()
  }
}

function keyOf({ namespace, name, version, token }: LeaseWait): string {
  return `${namespace} ${name} ${version} ${token}`
}
