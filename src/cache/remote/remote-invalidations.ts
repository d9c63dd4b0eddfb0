/** Invalidations in the remote tier: sent to its store, announced to other processes, and sent again until confirmed. */
import type { RemoteNamespace } from '../../stores/store.ts'
import type { CacheCore } from '../core.ts'
import type { BusMessage, Expiry, Invalidation } from '../invalidation/invalidation.ts'
import { nameOf } from './entry-name.ts'
import { EVERYTHING, type InvalidationId, PendingInvalidations } from './pending-invalidations.ts'
import type { StoreCalls } from './store-calls.ts'

/** Returns the text that announces messages to other processes; `undefined` if the store has no messages. */
export type AnnouncementOf = (messages: readonly BusMessage[]) => string | undefined

/** The keys and tags of a list of ids. */
interface Parts {
  keys: string[]
  tags: string[]
}

export class RemoteInvalidations {
  readonly #calls: StoreCalls
  readonly #entries: RemoteNamespace
  readonly #announcementOf: AnnouncementOf
  readonly #pending: PendingInvalidations
  readonly #timer: () => number
  readonly #log: CacheCore['log']
  #uncertainUntil = -Infinity

  constructor(
    { background: schedule, coalesce: mayShare, timer, sync, log }: CacheCore,
    calls: StoreCalls,
    entries: RemoteNamespace,
    announcementOf: AnnouncementOf,
  ) {
    this.#timer = timer
    this.#log = log
    this.#calls = calls
    this.#entries = entries
    this.#announcementOf = announcementOf
    this.#pending = new PendingInvalidations({
      send: (ids) => this.#send(ids),
      onRetried: (ids) => sync.publishConfirmed(ids.map(invalidationOf)),
      schedule,
      mayShare,
    })
  }

  /**
   * Resolves to true if the store has confirmed all invalidations. Those that fail are sent again later. Never rejects.
   *
   * @param after they are sent when this promise has resolved, and only by the timer if it resolves to false. Default: at once.
   */
  invalidate(invalidations: readonly Invalidation[], after?: Promise<boolean>): Promise<boolean> {
    return this.#pending.send(invalidations.map(idOf), after)
  }

  /**
   * Treats the key as pending while `attempt` invalidates it. If `attempt` resolves to false, the key is invalidated by the timer.
   */
  track(key: string, attempt: Promise<boolean>): Promise<boolean> {
    const tracked = this.#pending.track([idOf({ key })], attempt)
    this.#log.deletionOf(key, 0)?.noteSent(key, tracked) // sent again, the key would lose its new value
    return tracked
  }

  /** Makes values stale. Resolves to true if the store has confirmed it. Never rejects, and is not repeated. */
  async expire(expiries: readonly Expiry[], at: number): Promise<boolean> {
    const { keys, tags } = partsOfExpiries(expiries)
    const [keyNames, tagNames] = await namesOf(keys, tags)
    const change = { keys: keyNames, tags: tagNames, everything: expiries.includes('everything expired') }
    const announcement = this.#announcementOf(expiries)
    const done = await this.#calls.call('expire', 'invalidate', async () => {
      await this.#entries.expire(change, at, announcement)
      return true
    })
    return done === true
  }

  /** Applies a message of another instance in this process; see {@link PendingInvalidations}. */
  receive(message: BusMessage): void {
    if (message === 'lost') this.#uncertainUntil = this.#timer() + 2 * this.#calls.timeoutMs
    else if (typeof message === 'object' && 'confirmedKey' in message) {
      this.#pending.receiveConfirmation(idOf({ key: message.confirmedKey }))
    } else if (typeof message === 'object' && 'confirmedTag' in message) {
      this.#pending.receiveConfirmation(idOf({ tag: message.confirmedTag }))
    } else if (message === 'everything confirmed') {
      this.#pending.receiveConfirmation(EVERYTHING)
    } else if (message === 'everything expired') {
      return // not repeated if the store fails, so it is never pending
    } else if (message === 'everything' || 'key' in message || 'tag' in message) {
      this.#pending.receive(idOf(message))
    }
  }

  /**
   * True for a short time after messages of other instances in this process were lost. Those instances send their invalidations
   * to the store, but it may not have executed the last ones.
   */
  get isUncertain(): boolean {
    return this.#timer() < this.#uncertainUntil
  }

  /** Returns true if a value of this key may be read from the store. Waits for invalidations that are being sent. */
  mayRead(key: string): boolean | Promise<boolean> {
    const deletion = this.#log.deletionOf(key, 0)
    if (deletion !== undefined && deletion.sent(key) === undefined) {
      const sent = this.invalidate([{ key }]) // before the step of the key
      deletion.noteSent(key, sent)
      return sent
    }
    return this.#pending.isEmpty || this.#pending.settle([EVERYTHING, idOf({ key })])
  }

  /** Resolves to true when no invalidation of these tags is pending; to false if one of them failed. */
  settleTags(tags: readonly string[]): boolean | Promise<boolean> {
    return this.#pending.isEmpty || this.#pending.settle(tags.map((tag) => idOf({ tag })))
  }

  /**
   * Returns a function that tells whether an invalidation of one of its tags was pending at the call, or is pending now;
   * `undefined` if none was.
   */
  unconfirmedTags(): ((tags: readonly string[]) => boolean) | undefined {
    if (this.#pending.isEmpty) return undefined
    const before = this.#pending.ids()
    return (tags) => tags.map((tag) => idOf({ tag })).some((id) => before.has(id) || this.#pending.has(id))
  }

  close(): Promise<void> {
    return this.#pending.close()
  }

  async #send(ids: readonly InvalidationId[]): Promise<boolean> {
    const done = await this.#calls.call(ids.includes(EVERYTHING) ? 'clear' : 'invalidate', 'invalidate', () =>
      this.#sendToStore(ids),
    )
    return done === true
  }

  async #sendToStore(ids: readonly InvalidationId[]): Promise<true> {
    if (ids.includes(EVERYTHING)) {
      await this.#entries.clear(this.#announcementOf(['everything']))
      return true
    }
    const { keys, tags } = partsOf(ids)
    const [keyNames, tagNames] = await namesOf(keys, tags)
    const messages = [...keys.map((key) => ({ key })), ...tags.map((tag) => ({ tag }))]
    await this.#entries.invalidate({ keys: keyNames, tags: tagNames }, this.#announcementOf(messages))
    return true
  }
}

function idOf(invalidation: Invalidation): InvalidationId {
  if (invalidation === 'everything') return EVERYTHING
  return 'key' in invalidation ? `k${invalidation.key}` : `t${invalidation.tag}`
}

function invalidationOf(id: InvalidationId): Invalidation {
  if (id === EVERYTHING) return 'everything'
  return id.startsWith('k') ? { key: id.slice(1) } : { tag: id.slice(1) }
}

function partsOf(ids: readonly InvalidationId[]): Parts {
  const parts: Parts = { keys: [], tags: [] }
  for (const id of ids) parts[id.startsWith('k') ? 'keys' : 'tags'].push(id.slice(1))
  return parts
}

function partsOfExpiries(expiries: readonly Expiry[]): Parts {
  const parts: Parts = { keys: [], tags: [] }
  for (const expiry of expiries) {
    if (expiry === 'everything expired') continue
    if ('expiredKey' in expiry) parts.keys.push(expiry.expiredKey)
    else parts.tags.push(expiry.expiredTag)
  }
  return parts
}

async function namesOf(keys: readonly string[], tags: readonly string[]): Promise<[string[], string[]]> {
  return [await Promise.all(keys.map(nameOf)), await Promise.all(tags.map(nameOf))]
}
