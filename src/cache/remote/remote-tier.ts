/**
 * The remote tier: one store that several processes share. Its operations never reject: an operation that is late or fails
 * counts as failed.
 *
 * A value is stored only while the lease of its load holds, and an invalidation ends the lease. So a load that an invalidation
 * overtakes cannot store its value, whatever the order in which messages arrive.
 */
import type { RemoteNamespace, RemoteStore } from '../../stores/store.ts'
import type { CacheCore } from '../core.ts'
import type { SharedTierOptions } from '../shared-tier-options.ts'
import { type AnnouncementOf, RemoteInvalidations } from './remote-invalidations.ts'
import { RemoteReads } from './remote-reads.ts'
import { RemoteWrites } from './remote-writes.ts'
import { StoreCalls } from './store-calls.ts'

/** The bus between processes, if there is one. */
export interface RemoteMessages {
  announcementOf: AnnouncementOf
  /** Returns true while messages arrive. */
  isCurrent: () => boolean
}

export class RemoteTier {
  readonly reads: RemoteReads
  readonly writes: RemoteWrites
  readonly invalidations: RemoteInvalidations
  readonly #calls: StoreCalls
  readonly #entries: RemoteNamespace

  constructor(
    core: CacheCore,
    store: RemoteStore,
    options: Pick<SharedTierOptions, 'namespace' | 'remoteTimeoutMs' | 'leaseMs'>,
    { announcementOf, isCurrent }: RemoteMessages,
  ) {
    const { namespace = '', remoteTimeoutMs = 50 } = options
    const leaseMs = Math.ceil(options.leaseMs ?? 1000) // a store may accept whole milliseconds only
    const calls = new StoreCalls(core, store, remoteTimeoutMs)
    const entries = store.open({ namespace: `hitrate:${namespace}`, leaseMs, timeoutMs: remoteTimeoutMs })
    const invalidations = new RemoteInvalidations(core, calls, entries, announcementOf)
    this.#calls = calls
    this.#entries = entries
    this.invalidations = invalidations
    const exclusiveMs = store.capabilities.leases ? leaseMs : Infinity
    this.reads = new RemoteReads({
      core,
      calls,
      entries,
      invalidations,
      leaseMs: exclusiveMs,
      hasMessages: isCurrent,
    })
    this.writes = new RemoteWrites({ core, calls, entries, invalidations, announcementOf })
  }

  get up(): boolean {
    return this.#calls.up
  }

  /** Time limit of all calls of one read, in ms. */
  get timeoutMs(): number {
    return this.#calls.timeoutMs
  }

  /** Subscribes to the messages of the store; `undefined` if it has none. */
  get subscribe(): RemoteNamespace['subscribe'] {
    return this.#entries.announce && this.#entries.subscribe?.bind(this.#entries)
  }

  /** Sends a text to all subscribers. Resolves to false if it could not be sent; never rejects. */
  async announce(text: string): Promise<boolean> {
    const end = await this.#calls.attempt('invalidate', async () => this.#entries.announce?.(text))
    return end.ok
  }

  close(): void {
    this.#calls.close()
  }
}
