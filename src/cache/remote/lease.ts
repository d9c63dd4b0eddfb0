/** A lease of the shared tier: the right of a load to store its value. Renewed while the load runs. */
import type { RemoteLease, RemoteNamespace, StoreResult } from '../../stores/store.ts'
import type { CacheCore } from '../core.ts'
import type { LeaseResult, TierResult } from '../events.ts'
import type { StoreCalls } from './store-calls.ts'

/**
 * A lease is not renewed any longer after this time, in ms: the load may never end, and then another process should take over.
 */
const MAX_RENEWAL_MS = 30_000

export interface LeaseParts {
  core: CacheCore
  calls: StoreCalls
  entries: RemoteNamespace
  /** Time after which a lease that was not renewed ends, in ms. `Infinity` if the store grants every request. */
  leaseMs: number
}

export class Lease {
  readonly #core: CacheCore
  readonly #calls: StoreCalls
  readonly #entries: RemoteNamespace
  readonly #lease: RemoteLease
  readonly #leaseMs: number
  readonly #startedAt: number
  #cancelRenewal: (() => void) | undefined
  #isEnded = false

  constructor({ core, calls, entries, leaseMs }: LeaseParts, lease: RemoteLease, takenOver: boolean) {
    this.#core = core
    this.#calls = calls
    this.#entries = entries
    this.#lease = lease
    this.#leaseMs = leaseMs
    this.#startedAt = core.timer()
    this.#report(takenOver ? 'taken-over' : 'granted')
    this.#renewLater()
  }

  get token(): string {
    return this.#lease.token
  }

  /**
   * Stores the value, or ends the lease if it cannot be stored.
   *
   * @returns the id of the stored value; `'lost'` if the lease does not hold any more, so the value may have been invalidated;
   *   `undefined` if the store gave no answer, or accepts no value of this size.
   */
  async store(entry: {
    bytes: Uint8Array<ArrayBuffer>
    tags: readonly string[]
    ttlMs: number
  }): Promise<{ id: string } | 'lost' | undefined> {
    if (!this.#end()) return undefined
    const answer = await this.#calls.call(
      'set',
      'write',
      () => this.#entries.store({ ...this.#lease, ...entry }),
      resultOfStore,
    )
    this.#report(answer === 'too-large' ? 'released' : (answer ?? 'lost'))
    // The store may have refused the value and kept the lease. Other readers should not wait until it runs out.
    if (answer === undefined && this.#calls.up) void this.#release()
    if (answer === 'too-large') return undefined
    return answer === 'stored' ? { id: this.token } : answer
  }

  /** Ends the lease without a value. Resolves when the store has answered. */
  async release(): Promise<void> {
    if (!this.#end()) return
    this.#report('released')
    await this.#release()
  }

  async #release(): Promise<void> {
    await this.#calls.call('release', 'invalidate', () => this.#entries.release(this.#lease))
  }

  /** Returns false if the lease has ended already. */
  #end(): boolean {
    const isFirst = !this.#isEnded
    this.#isEnded = true
    this.#cancelRenewal?.()
    return isFirst
  }

  /** The right to load means nothing if every reader gets it, so it is not reported. */
  #report(result: LeaseResult): void {
    if (this.#leaseMs === Infinity) return
    this.#core.emit({ type: 'lease', cache: this.#core.name, result })
  }

  #renewLater(): void {
    if (this.#leaseMs === Infinity) return
    if (this.#core.timer() - this.#startedAt >= MAX_RENEWAL_MS) return
    this.#cancelRenewal = this.#core.background(() => void this.#renew(), this.#leaseMs / 3)
  }

  async #renew(): Promise<void> {
    const holds = await this.#calls.call(
      'renew',
      'invalidate', // also while values are refused, because the load still runs
      () => this.#entries.renew(this.#lease),
      (isRenewed) => (isRenewed ? 'ok' : 'lost'),
    )
    if (holds !== false && !this.#isEnded) this.#renewLater()
  }
}

/** Returns how the store's answer to a value is reported. */
export function resultOfStore(stored: StoreResult): TierResult {
  if (stored === 'too-large') return 'refused'
  return stored === 'stored' ? 'ok' : 'lost'
}
