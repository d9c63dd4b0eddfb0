/** Applies invalidations in this instance, and exchanges them with the other instances over the bus. */
import type { CacheEvent } from '../events.ts'
import type { Invalidation } from './invalidation.ts'
import type { InvalidationBus } from './invalidation-bus.ts'

/** The running loads. An invalidation detaches them, so that no later reader joins a load that started before it. */
interface RunningLoads {
  detach(storeKey: string): void
  detachAll(): void
}

interface InvalidatedTiers {
  /** Returns true if memory had the key. */
  invalidate(invalidation: Invalidation): boolean
  invalidateRemotely(invalidations: readonly Invalidation[]): Promise<void>
  /** Applies an invalidation of another instance to the remote tier. The other instance writes it to the store. */
  receive(invalidation: Invalidation): void
}

export class InvalidationSync {
  readonly #bus: InvalidationBus | undefined
  readonly #onBusError: (operation: 'publish' | 'renew', error: unknown) => void
  readonly #applyReceived: (invalidation: Invalidation) => void
  #loads: RunningLoads | undefined
  #tiers: InvalidatedTiers | undefined

  constructor(name: string, bus: InvalidationBus | undefined, emit: (event: CacheEvent) => void) {
    this.#bus = bus
    this.#onBusError = (operation, error) => emit({ type: 'bus', cache: name, operation, error })
    this.#applyReceived = (invalidation) => {
      this.#invalidateLocal(invalidation)
      this.#tiers?.receive(invalidation)
    }
  }

  /** Sets the loads and the tiers. Their constructors need this object, so they are created after it. */
  connect(loads: RunningLoads, tiers: InvalidatedTiers): void {
    this.#loads = loads
    this.#tiers = tiers
  }

  /** Applies all invalidations that have arrived over the bus. Must be called before an entry is served or stored. */
  readonly applyPending = (): void => {
    this.#bus?.take(this.#applyReceived)
  }

  /** True if memory may be used: no invalidation of another instance is missing. */
  get isCurrent(): boolean {
    return this.#bus?.current?.() ?? true
  }

  /**
   * Invalidates in this instance, and sends the invalidations to the other instances and to the remote tier. They take effect
   * in the other threads of this process before the call returns, and in other processes before `sent` resolves. `sent` never
   * rejects: failures are events.
   *
   * @returns `removed`: true for each invalidation whose key was in memory.
   */
  invalidate(invalidations: readonly Invalidation[]): { removed: boolean[]; sent: Promise<unknown> } {
    const removed = invalidations.map((invalidation) => this.#invalidateLocal(invalidation))
    const published = this.#publish(invalidations)
    const stored = this.#tiers?.invalidateRemotely(invalidations)
    return { removed, sent: Promise.all([published, stored]) }
  }

  #invalidateLocal(invalidation: Invalidation): boolean {
    if (invalidation === 'everything') this.#loads?.detachAll()
    else if ('key' in invalidation) this.#loads?.detach(invalidation.key)
    return this.#tiers?.invalidate(invalidation) ?? false
  }

  /** Publishes over the bus. Returns a promise only if the bus does. Errors are emitted as events. */
  #publish(invalidations: readonly Invalidation[]): Promise<void> | undefined {
    try {
      return this.#bus?.publish(invalidations)?.catch((error: unknown) => this.#onBusError('publish', error))
    } catch (error) {
      this.#onBusError('publish', error)
      return undefined
    }
  }

  /** Fetches missing invalidations and applies them. Never rejects. */
  async renew(): Promise<void> {
    try {
      await this.#bus?.renew?.()
    } catch (error) {
      this.#onBusError('renew', error)
    }
    this.applyPending()
  }
}
