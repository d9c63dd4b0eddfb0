/**
 * Messages of other processes and of this one, read from the file by a timer. The same timer looks for the ends of leases for
 * which reads of this process wait.
 */
import type { RemoteHandlers } from '../store.ts'
import type { Connection } from './file/connection.ts'
import type { SharedFile } from './file/shared-file.ts'
import { type EndedWait, LeaseWaits } from './lease-waits.ts'
import type { MessageRow } from './tables/messages.ts'
import type { Tables } from './tables/schema.ts'
import { Patience } from './timing/patience.ts'
import { startSlice } from './timing/slice.ts'
import type { Timing } from './timing/timing.ts'

/** Pause between two looks while reads wait for leases, in ms. */
const WAITING_MS = 5

/** Number of messages that are delivered at a time, if they are short. */
const LIMIT = 256

/** Pause after a look that failed, in ms, if it is longer than the usual one. */
const FAILED_MS = 200

/** Content of the file that a poll compares. */
interface Look {
  /** Generation of the file. */
  readonly generation: number
  /** Id of the newest message. */
  readonly newest: number
  /** The messages since the last look; `undefined` if some may be missing. */
  readonly messages: readonly MessageRow[] | undefined
  /** Waits for leases that have ended. */
  readonly ended: readonly EndedWait[]
}

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
  /** Generation of the file from which messages were read, and the id of the last one. */
  #read: { generation: number; id: number } | undefined
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
    const patience = new Patience(this.#timing, this.#pollMs)
    let pauseMs = Math.max(FAILED_MS, this.#pollMs)
    try {
      const look = await this.#file.run(patience, (connection) =>
        connection.read(() => this.#look(connection)),
      )
      this.#apply(look)
      pauseMs = this.#pauseAfter(look)
    } catch {
      this.#read = undefined
      this.#disconnect()
    }
    this.#isPolling = false
    this.#within(pauseMs)
  }

  /** Changes nothing, because it is repeated if the file is locked. */
  #look(connection: Connection): Look {
    const { generation, tables } = connection
    const newest = tables.messages.newest()
    const last = this.#read?.generation === generation ? this.#read.id : Infinity
    const rows = newest > last ? this.#messagesAfter(tables, last) : []
    const hasGap = newest < last || (rows[0] !== undefined && rows[0].id !== last + 1)
    // Last, because it remembers the state of the file.
    const ended = this.waits.find(connection)
    return { generation, newest, messages: hasGap ? undefined : rows, ended }
  }

  /** Ends early for the event loop: a message about many long keys has some MB. */
  #messagesAfter({ messages }: Tables, last: number): MessageRow[] {
    const isOver = startSlice(this.#timing)
    const rows: MessageRow[] = []
    let row = messages.after(last)
    while (row !== undefined) {
      rows.push(row)
      row = rows.length < LIMIT && !isOver() ? messages.after(row.id) : undefined
    }
    return rows
  }

  #apply({ generation, newest, messages, ended }: Look): void {
    if (messages === undefined) this.#disconnect()
    this.#read = { generation, id: messages?.at(-1)?.id ?? newest }
    this.#connect()
    for (const message of messages ?? []) this.#deliver(message)
    for (const wait of ended) this.waits.end(wait)
  }

  #deliver({ namespace, text }: MessageRow): void {
    for (const subscriber of this.#subscribers) {
      if (subscriber.namespace === namespace) subscriber.handlers.onAnnouncement(text)
    }
  }

  #pauseAfter({ messages, newest }: Look): number {
    const last = messages?.at(-1)
    if (last !== undefined && last.id < newest) return 0
    return this.waits.isEmpty ? this.#pollMs : Math.min(WAITING_MS, this.#pollMs)
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
