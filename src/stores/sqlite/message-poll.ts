/**
 * Messages of other processes and of this one, read from the file by a timer. The same timer looks for the ends of leases for
 * which reads of this process wait.
 */
import type { RemoteHandlers } from '../store.ts'
import type { Connection } from './file/connection.ts'
import type { SharedFile } from './file/shared-file.ts'
import { LeaseWaits } from './lease-waits.ts'
import type { MessageRow } from './tables/messages.ts'
import { Patience } from './timing/patience.ts'
import type { Timing } from './timing/timing.ts'

/** Pause between two looks while reads wait for leases, in ms. */
const WAITING_MS = 5

/** Number of messages that are delivered at a time. */
const LIMIT = 256

interface Subscriber {
  readonly namespace: string
  readonly handlers: RemoteHandlers
  isConnected: boolean
}

export class MessagePoll {
  readonly #file: SharedFile
  readonly #timing: Timing
  readonly #pollMs: number
  readonly #subscribers = new Set<Subscriber>()
  readonly waits: LeaseWaits
  /** The connection from which messages were read, and the id of the last one. */
  #read: { connection: Connection; id: number } | undefined
  #cancel: (() => void) | undefined
  /** Time of the next look, by the monotonic clock. */
  #nextAt = Infinity
  #isPolling = false

  constructor(file: SharedFile, timing: Timing, pollMs: number) {
    this.#file = file
    this.#timing = timing
    this.#pollMs = pollMs
    this.waits = new LeaseWaits(timing.now, () => this.#within(WAITING_MS))
  }

  /** Returns a function that ends the subscription. */
  subscribe(namespace: string, handlers: RemoteHandlers): () => void {
    const subscriber: Subscriber = { namespace, handlers, isConnected: false }
    this.#subscribers.add(subscriber)
    this.#within(0)
    return () => {
      this.#subscribers.delete(subscriber)
      if (this.#subscribers.size === 0) this.close()
    }
  }

  close(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#nextAt = Infinity
  }

  /** Looks at the latest after `ms`. */
  #within(ms: number): void {
    const at = this.#timing.timer() + ms
    if (this.#isPolling || this.#subscribers.size === 0 || this.#file.isClosed || at >= this.#nextAt) return
    this.#cancel?.()
    this.#nextAt = at
    this.#cancel = this.#timing.schedule(() => void this.#poll(), ms)
  }

  async #poll(): Promise<void> {
    this.#isPolling = true
    this.#nextAt = Infinity
    let isComplete = true
    try {
      const rows = await this.#file.run(new Patience(this.#timing, this.#pollMs), (connection) =>
        this.#look(connection),
      )
      isComplete = rows.length < LIMIT
      this.#deliver(rows)
    } catch {
      this.#read = undefined
      this.#disconnect()
    }
    this.#isPolling = false
    this.#within(isComplete ? (this.waits.isEmpty ? this.#pollMs : Math.min(WAITING_MS, this.#pollMs)) : 0)
  }

  /** Returns the messages since the last look. */
  #look(connection: Connection): MessageRow[] {
    const { messages } = connection.tables
    const newest = messages.newest()
    const last = this.#read?.connection === connection ? this.#read.id : undefined
    const rows = last !== undefined && newest > last ? messages.after(last, LIMIT) : []
    const hasGap = last === undefined || newest < last || (rows[0] !== undefined && rows[0].id !== last + 1)
    if (hasGap) this.#disconnect()
    this.#read = { connection, id: hasGap ? newest : (rows.at(-1)?.id ?? newest) }
    this.#connect()
    this.waits.check(connection)
    return hasGap ? [] : rows
  }

  #deliver(rows: readonly MessageRow[]): void {
    for (const { namespace, text } of rows) {
      for (const subscriber of this.#subscribers) {
        if (subscriber.namespace === namespace) subscriber.handlers.onAnnouncement(text)
      }
    }
  }

  #connect(): void {
    for (const subscriber of this.#subscribers) {
      if (subscriber.isConnected) continue
      subscriber.isConnected = true
      subscriber.handlers.onConnection(true)
    }
  }

  /** Messages may be missing. */
  #disconnect(): void {
    for (const subscriber of this.#subscribers) {
      if (!subscriber.isConnected) continue
      subscriber.isConnected = false
      subscriber.handlers.onConnection(false)
    }
  }
}
