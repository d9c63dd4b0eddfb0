/**
 * The leases for which reads of this process wait. Their ends need no message: the leases are looked for in the file.
 *
 * A lease that runs out, because its process crashed, wakes nobody. All reads would ask at the same time, and those that find the
 * next lease granted would load by themselves, as after a load without a value to share. They ask again after a while in any case.
 */
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
  /** Called when the lease has ended before its time. */
  readonly onEnd: () => void
}

export interface EndedWait {
  readonly wait: LeaseWait
  readonly hasRunOut: boolean
}

interface Waiting {
  readonly wait: LeaseWait
  /** Time at which the lease runs out if it is not renewed, as far as it is known. */
  until: number
}

export class LeaseWaits {
  readonly #now: () => number
  readonly #onWait: () => void
  readonly #waits = new Map<string, Waiting>()
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
    this.#waits.set(keyOf(wait), { wait, until: Infinity })
    this.#endsAt = -Infinity
    this.#onWait()
  }

  /** Returns the waits for leases that have ended. Looks only if the file or a lease can have changed. */
  find(connection: Connection): EndedWait[] {
    if (this.isEmpty) return []
    const { state } = connection
    const now = this.#now()
    if (state === this.#state && now < this.#endsAt) return []
    let endsAt = Infinity
    const ended: EndedWait[] = []
    for (const waiting of this.#waits.values()) {
      const { wait } = waiting
      const lease = findLease(connection.tables, wait.namespace, wait)
      if (lease !== undefined) waiting.until = lease.until
      // Another reader may have taken over a lease that has run out. Then the lease is missing.
      const hasRunOut = waiting.until <= now
      if (lease === undefined || hasRunOut) ended.push({ wait, hasRunOut })
      else endsAt = Math.min(endsAt, waiting.until)
    }
    this.#state = state
    this.#endsAt = endsAt
    return ended
  }

  end({ wait, hasRunOut }: EndedWait): void {
    this.#waits.delete(keyOf(wait))
    if (!hasRunOut) wait.onEnd()
  }
}

function keyOf({ namespace, name, version, token }: LeaseWait): string {
  return `${namespace} ${name} ${version} ${token}`
}
