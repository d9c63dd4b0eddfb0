/**
 * The invalidation bus between processes, over the messages of the shared tier.
 *
 * The messages may be lost while a process is disconnected. So after each connection the shared tier must confirm what memory
 * has. Each process also numbers its messages and repeats its last number in a heartbeat. A number that does not arrive, or a
 * publisher that falls silent, means that messages were lost: then memory is emptied. While no messages arrive, memory answers
 * only for a limited time.
 */
import type { CacheCore } from '../core.ts'
import { type Announcement, decodeAnnouncement, encodeAnnouncement } from './bus-messages.ts'
import type { BusMessage } from './invalidation.ts'

export interface RemoteBusOptions {
  /** Sends a text to all subscribers; resolves to false if it could not be sent. Never rejects. */
  announce: (text: string) => Promise<boolean>
  /** Applies a message of another process. */
  onMessage: (message: BusMessage) => void
  /** Called when messages were lost. */
  onGap: () => void
  /** Called for each connection. Messages from before it may be missing. */
  onConnected: () => void
  /** Time in ms for which memory answers after the last message; see `CacheOptions.maxUnsyncedMs`. */
  maxUnsyncedMs: number
}

interface Publisher {
  /** All messages up to this number have arrived. */
  complete: number
  /** Later messages that have arrived: in a cluster, messages can overtake each other. */
  early: Set<number>
  /** The highest number that the publisher has mentioned. */
  highest: number
  /** Time of its last message, by the monotonic clock. */
  heardAt: number
  /** Cancels the check for missing messages, if one is scheduled. */
  cancelCheck: (() => void) | undefined
}

export class RemoteBus {
  readonly #core: CacheCore
  readonly #options: RemoteBusOptions
  readonly #heartbeatMs: number
  readonly #id = crypto.randomUUID().slice(0, 13)
  #number = 0
  readonly #publishers = new Map<string, Publisher>()
  #isConnected = false
  /** Time from which the heartbeats of all publishers must have arrived since the connection was made; monotonic clock. */
  #completeFrom = Infinity
  /** Time until which the last message is recent enough; monotonic clock. */
  #recentUntil = -Infinity
  /** True once the heartbeats of all publishers have arrived after the first connection. */
  #hasBeenComplete = false
  #cancelHeartbeat: (() => void) | undefined
  #isClosed = false

  constructor(core: CacheCore, options: RemoteBusOptions) {
    this.#core = core
    this.#options = options
    this.#heartbeatMs = options.maxUnsyncedMs / 2
  }

  /** True if no message can be missing for longer than `maxUnsyncedMs`. */
  get isCurrent(): boolean {
    const now = this.#core.timer()
    return now < this.#recentUntil && now >= this.#completeFrom
  }

  /** Returns the text that announces messages. Each call uses up a number, so the text must be sent. */
  announcementOf(messages: readonly BusMessage[]): string {
    this.#number++
    return this.#encode(messages, false)
  }

  readonly onConnection = (isConnected: boolean): void => {
    if (this.#isClosed || isConnected === this.#isConnected) return
    this.#isConnected = isConnected
    if (!isConnected) return
    this.#options.onConnected()
    // Until then an unknown process, or one whose messages were lost, may not have sent its heartbeat yet.
    this.#completeFrom = this.#core.timer() + 1.5 * this.#heartbeatMs
    this.#beat()
  }

  readonly onAnnouncement = (text: string): void => {
    const announcement = decodeAnnouncement(text)
    if (announcement === undefined || this.#isClosed) return
    const now = this.#core.timer()
    this.#recentUntil = now + this.#options.maxUnsyncedMs
    if (announcement.publisher === this.#id) return
    this.#core.emit({ type: 'bus-message', cache: this.#core.name, direction: 'received' })
    this.#record(announcement, now)
    for (const message of announcement.messages) this.#options.onMessage(message)
    if (announcement.isLast) this.#end(announcement.publisher)
  }

  /** Sends a last message, so that the others do not miss this process. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelHeartbeat?.()
    for (const id of [...this.#publishers.keys()]) this.#remove(id)
    this.#recentUntil = -Infinity
    if (this.#isConnected) await this.#announce(this.#encode([], true))
  }

  /** Records the number of a message, and schedules a check if an earlier message of its publisher is missing. */
  #record({ publisher: id, number, messages }: Announcement, now: number): void {
    const publisher = this.#publishers.get(id) ?? this.#newPublisher(number, messages.length > 0, now)
    this.#publishers.set(id, publisher)
    publisher.heardAt = now
    publisher.highest = Math.max(publisher.highest, number)
    if (messages.length > 0 && number > publisher.complete) publisher.early.add(number)
    while (publisher.early.delete(publisher.complete + 1)) publisher.complete++
    if (publisher.complete === publisher.highest || publisher.cancelCheck !== undefined) return
    publisher.cancelCheck = this.#core.background(() => this.#checkMissing(publisher), this.#heartbeatMs / 2)
  }

  /** At the start, memory holds nothing yet that the earlier messages of a publisher could concern. */
  #newPublisher(number: number, hasMessage: boolean, now: number): Publisher {
    const isStart = now < this.#completeFrom && !this.#hasBeenComplete
    const complete = isStart ? number - (hasMessage ? 1 : 0) : 0
    return { complete, early: new Set(), highest: complete, heardAt: now, cancelCheck: undefined }
  }

  #checkMissing(publisher: Publisher): void {
    publisher.cancelCheck = undefined
    if (publisher.complete === publisher.highest) return
    publisher.complete = publisher.highest
    publisher.early.clear()
    this.#reportGap('missing')
  }

  /** After the last message of a publisher, nothing else would show that an earlier one is missing. */
  #end(id: string): void {
    const publisher = this.#publishers.get(id)
    if (publisher !== undefined) this.#checkMissing(publisher)
    this.#remove(id)
  }

  #remove(id: string): void {
    this.#publishers.get(id)?.cancelCheck?.()
    this.#publishers.delete(id)
  }

  readonly #beat = (): void => {
    if (this.#isClosed) return
    this.#cancelHeartbeat?.()
    this.#cancelHeartbeat = this.#core.background(this.#beat, this.#heartbeatMs)
    const now = this.#core.timer()
    if (now >= this.#completeFrom) this.#hasBeenComplete = true
    this.#dropSilent(now)
    void this.#announce(this.#encode([], false))
  }

  /** A publisher that ended between an invalidation and its message has no successor that would show the gap. */
  #dropSilent(now: number): void {
    if (!this.isCurrent) return // this process is cut off, so it cannot judge the others
    for (const [id, { heardAt, highest }] of this.#publishers) {
      if (now - heardAt <= 2 * this.#options.maxUnsyncedMs) continue
      this.#remove(id)
      if (highest > 0) this.#reportGap('publisher-lost')
    }
  }

  #reportGap(reason: 'missing' | 'publisher-lost'): void {
    this.#core.emit({ type: 'bus-gap', cache: this.#core.name, reason })
    this.#options.onGap()
  }

  #encode(messages: readonly BusMessage[], isLast: boolean): string {
    return encodeAnnouncement({ publisher: this.#id, number: this.#number, messages, isLast })
  }

  async #announce(text: string): Promise<void> {
    this.#core.emit({ type: 'bus-message', cache: this.#core.name, direction: 'sent' })
    await this.#options.announce(text)
  }
}
