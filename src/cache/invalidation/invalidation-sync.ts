/** Applies invalidations in this instance, and exchanges them with the other instances over the buses. */
import type { CacheEvent } from '../events.ts'
import type { KeySpace } from '../key-spaces.ts'
import type { Deletion } from './deletion.ts'
import type { BusMessage, Expiry, Invalidation } from './invalidation.ts'
import type { InvalidationBus } from './invalidation-bus.ts'

/** The running loads. An invalidation detaches them, so that no later reader joins a load that started before it. */
interface RunningLoads {
  /** @param before only a load with a lower sequence number is detached. Default: any. */
  detach(storeKey: string, before?: number): void
  detachAll(): void
}

/** The memory tier. */
interface InvalidatedMemory {
  /** Returns true if memory had the key. */
  invalidate(invalidation: Invalidation): boolean
  /** Completes a deletion of many keys for one key. Returns true if it has removed an entry. */
  deleteFor(deletion: Deletion, storeKey: string): boolean
  /** Makes entries stale from now on. */
  expire(expiry: Expiry): void
}

/** The invalidations of the shared tier. */
interface SharedInvalidations {
  /** Resolves to true if the tier has confirmed them; never rejects. */
  invalidate(invalidations: readonly Invalidation[], after?: Promise<boolean>): Promise<boolean>
  expire(expiries: readonly Expiry[], at: number): Promise<boolean>
  /** Takes a message of another instance in this process, which sends its invalidations to the tier itself. */
  receive(message: BusMessage): void
}

export interface Invalidated {
  /** True for each invalidation whose key was in memory. */
  removed: boolean[]
  /** Resolves to true if the other instances and the shared tier have the invalidations; never rejects. */
  isConfirmed: Promise<boolean>
}

export class InvalidationSync {
  readonly #bus: InvalidationBus | undefined
  readonly #onBusError: (operation: 'publish' | 'renew', error: unknown) => void
  readonly #applyReceived: (message: BusMessage) => void
  #loads: RunningLoads | undefined
  #memory: InvalidatedMemory | undefined
  #shared: SharedInvalidations | undefined

  constructor(name: string, bus: InvalidationBus | undefined, emit: (event: CacheEvent) => void) {
    this.#bus = bus
    this.#onBusError = (operation, error) => emit({ type: 'bus', cache: name, operation, error })
    this.#applyReceived = (message) => {
      this.#apply(message)
      this.#shared?.receive(message)
    }
  }

  /** Sets the parts that need this object in their constructors. */
  connect(loads: RunningLoads, memory: InvalidatedMemory, shared: SharedInvalidations | undefined): void {
    this.#loads = loads
    this.#memory = memory
    this.#shared = shared
  }

  /** Applies all messages that have arrived over the bus. Must be called before an entry is served or stored. */
  readonly applyPending = (): void => {
    this.#bus?.take(this.#applyReceived)
  }

  /** True if memory may be used: no invalidation of another instance is missing. */
  get isCurrent(): boolean {
    return this.#bus?.current?.() ?? true
  }

  /** Applies a message of another process, which has reached the shared tier before. */
  readonly receiveFromProcess = (message: BusMessage): void => {
    this.applyPending()
    this.#apply(message)
  }

  /** Lets no further reader join a load that runs now. */
  detachLoads(): void {
    this.#loads?.detachAll()
  }

  /** Drops everything in memory, because messages of other processes were lost. The shared tier is not affected. */
  readonly dropAll = (): void => {
    this.#apply('lost')
  }

  /**
   * Invalidates in this instance, and sends the invalidations to the other instances and to the shared tier. They take effect
   * in the other threads of this process before the call returns, and in other processes before `isConfirmed` resolves.
   */
  invalidate(invalidations: readonly Invalidation[]): Invalidated {
    const { removed, isConfirmed } = this.invalidateInProcess(invalidations)
    const shared = this.#shared?.invalidate(invalidations)
    if (shared === undefined) return { removed, isConfirmed }
    return { removed, isConfirmed: this.#confirmed(invalidations, [isConfirmed, shared]) }
  }

  /** As `invalidate`, without the shared tier. */
  invalidateInProcess(invalidations: readonly Invalidation[]): Invalidated {
    const removed = invalidations.map((invalidation) => this.#invalidate(invalidation))
    return { removed, isConfirmed: this.#publish(invalidations) }
  }

  /**
   * Publishes that the shared tier has confirmed invalidations, once it has. Resolves to true if all of `confirmations` do.
   */
  async #confirmed(
    invalidations: readonly Invalidation[],
    confirmations: readonly Promise<boolean>[],
  ): Promise<boolean> {
    const results = await Promise.all(confirmations)
    if (results.includes(false)) return false
    this.publishConfirmed(invalidations)
    return true
  }

  /** Publishes within the process that the shared tier has confirmed invalidations. */
  publishConfirmed(invalidations: readonly Invalidation[]): void {
    if (this.#bus === undefined || this.#shared === undefined) return
    const messages = invalidations.map((invalidation): BusMessage => {
      if (invalidation === 'everything') return 'everything confirmed'
      return 'key' in invalidation ? { confirmedKey: invalidation.key } : { confirmedTag: invalidation.tag }
    })
    void this.#publish(messages)
  }

  /** As `invalidate`, for the next keys of a deletion of many; `undefined` if none is left. */
  deleteStep(deletion: Deletion, after: Promise<boolean>): Invalidated | undefined {
    const keys = deletion.takeStep()
    if (keys === undefined) return undefined
    const removed = keys.map((key) => {
      this.#loads?.detach(key, deletion.sequence)
      return this.#memory?.deleteFor(deletion, key) ?? false
    })
    if (this.#shared === undefined) return { removed, isConfirmed: Promise.resolve(true) }
    const unsent = keys.filter((key) => deletion.sent(key) === undefined).map((key) => ({ key }))
    const sent = [this.#shared.invalidate(unsent, after), ...keys.flatMap((key) => deletion.sent(key) ?? [])]
    return { removed, isConfirmed: Promise.all(sent).then((results) => !results.includes(false)) }
  }

  /** True if a deletion may be executed in steps: no other thread relies on the order of its messages in the shared tier. */
  get mayDeleteInSteps(): boolean {
    return this.#bus === undefined || this.#shared === undefined
  }

  /** Publishes a deletion of many keys to the other threads of this process: as lost messages, if there are too many. */
  publishKeys(keys: readonly string[], { storeKeyOf }: KeySpace): Promise<boolean> {
    if (this.#bus === undefined) return Promise.resolve(true)
    const { capacity = Infinity } = this.#bus
    let units = 0
    for (const key of keys) units += 1 + key.length
    return this.#publish(
      units > capacity ? ['lost'] : Array.from(new Set(keys), (key) => ({ key: storeKeyOf(key) })),
    )
  }

  /** Makes entries stale in all instances. Resolves to true if the others have the message. */
  async expire(expiries: readonly Expiry[], at: number): Promise<boolean> {
    for (const expiry of expiries) this.#expire(expiry)
    const published = this.#publish(expiries)
    const shared = this.#shared?.expire(expiries, at)
    return !(await Promise.all([published, shared])).includes(false)
  }

  #apply(message: BusMessage): void {
    if (message === 'everything confirmed') return // concerns the shared tier only
    if (message === 'lost') this.#invalidate('everything')
    else if (message === 'everything expired') this.#expire(message)
    else if (message === 'everything' || 'key' in message || 'tag' in message) this.#invalidate(message)
    else if ('expiredKey' in message || 'expiredTag' in message) this.#expire(message)
  }

  #invalidate(invalidation: Invalidation): boolean {
    if (invalidation === 'everything') this.#loads?.detachAll()
    else if ('key' in invalidation) this.#loads?.detach(invalidation.key)
    return this.#memory?.invalidate(invalidation) ?? false
  }

  #expire(expiry: Expiry): void {
    if (expiry === 'everything expired') this.#loads?.detachAll()
    else if ('expiredKey' in expiry) this.#loads?.detach(expiry.expiredKey)
    this.#memory?.expire(expiry)
  }

  /** Publishes over the bus. Errors are emitted as events. */
  async #publish(messages: readonly BusMessage[]): Promise<boolean> {
    try {
      const published = this.#bus?.publish(messages) // called before the first await: other threads must have it on return
      if (published !== undefined) await published
      return true
    } catch (error) {
      this.#onBusError('publish', error)
      return false
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
