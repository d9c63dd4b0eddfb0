/** Messages of the fake store: delivered at once or on demand, and lost while a subscriber is disconnected. */
import type { RemoteHandlers } from '../../../src/stores/store.ts'

interface Subscriber {
  readonly namespace: string
  readonly handlers: RemoteHandlers
  isConnected: boolean
  /** Messages sent to this subscriber that were not delivered yet. */
  readonly inbox: ((handlers: RemoteHandlers) => void)[]
}

export class FakeBus {
  readonly #subscribers: (Subscriber | undefined)[] = []
  readonly #isManual: boolean

  /** @param isManual true to deliver messages only by {@link FakeBus.deliver}. */
  constructor(isManual: boolean) {
    this.#isManual = isManual
  }

  /** Number of subscribers that have not closed. */
  get size(): number {
    return this.#subscribers.filter((subscriber) => subscriber !== undefined).length
  }

  subscribe(namespace: string, handlers: RemoteHandlers, isConnected: boolean): () => Promise<void> {
    const index = this.#subscribers.push({ namespace, handlers, isConnected, inbox: [] }) - 1
    if (isConnected) handlers.onConnection(true)
    return async () => {
      this.#subscribers[index] = undefined
    }
  }

  send(namespace: string, message: (handlers: RemoteHandlers) => void): void {
    for (const subscriber of this.#subscribers) {
      if (subscriber?.namespace === namespace && subscriber.isConnected) subscriber.inbox.push(message)
    }
    if (!this.#isManual) this.deliver()
  }

  /** Delivers waiting messages: of all subscribers or of one, by its place in the order of subscription; at most `limit` each. */
  deliver(index?: number, limit = Number.POSITIVE_INFINITY): void {
    for (const subscriber of this.#chosen(index)) {
      for (let delivered = 0; delivered < limit; delivered++) {
        const message = subscriber.inbox.shift()
        if (message === undefined) break
        message(subscriber.handlers)
      }
    }
  }

  /** Connects or disconnects all subscribers or one. Messages that were not delivered are lost. */
  setConnected(isConnected: boolean, index?: number): void {
    for (const subscriber of this.#chosen(index)) {
      if (subscriber.isConnected === isConnected) continue
      subscriber.isConnected = isConnected
      subscriber.inbox.length = 0
      subscriber.handlers.onConnection(isConnected)
    }
  }

  #chosen(index: number | undefined): Subscriber[] {
    const chosen = index === undefined ? [...this.#subscribers] : [this.#subscribers[index]]
    return chosen.filter((subscriber) => subscriber !== undefined)
  }
}
