/**
 * Invalidations that the store has not confirmed yet. While one is pending, the values that it covers must not be served from
 * the store. Those that fail are sent again by a timer until the store confirms them.
 *
 * Invalidations of another instance that shares this process (`received`) are pending too, until that instance reports that the
 * store has confirmed them. If a read needs the key before that, they are sent from here as well: repeating one is harmless.
 */
import type { Schedule } from '../timing/schedule.ts'

/** A key or tag with its kind, or everything: `k:users:1`, `t:users`, `*`. */
export type InvalidationId = string

export const EVERYTHING: InvalidationId = '*'

export interface PendingOptions {
  /** Sends invalidations to the store. Resolves to true if it has confirmed them; never rejects. */
  send: (ids: readonly InvalidationId[]) => Promise<boolean>
  /** Called when the store has confirmed invalidations that had failed before. */
  onRetried: (ids: readonly InvalidationId[]) => void
  /** Starts the timer of the next attempt. */
  schedule: Schedule
  /** False if callers must not wait for the promises of other callers, as on Workers. */
  mayShare: boolean
}

interface Pending {
  /** The attempt that runs; `undefined` if the last one failed, or none was made. */
  attempt: Promise<boolean> | undefined
  /** Number of confirmations that other instances still owe. */
  owed: number
  /** Number of owed confirmations that a confirmed attempt of this instance has made superfluous. They still arrive. */
  covered: number
  /** Number of owed confirmations that the running attempt will make superfluous. */
  covering: number
  /** True if this instance has invalidated it, so that the timer sends it again. */
  isOwn: boolean
}

/** Pause before the next attempt, in ms. */
const RETRY_MS = 500

/** Above this number of failed invalidations, a single one of everything replaces them, so that memory is bounded. */
const MAX_PENDING = 100_000

/** Largest number of keys and tags in one call of the store. */
const SLICE = 500

export class PendingInvalidations {
  readonly #options: PendingOptions
  readonly #pending = new Map<InvalidationId, Pending>()
  #cancelRetry: (() => void) | undefined
  #isClosed = false

  constructor(options: PendingOptions) {
    this.#options = options
  }

  /** True if nothing is pending and no confirmation is owed. */
  get isEmpty(): boolean {
    return this.#pending.size === 0
  }

  has(id: InvalidationId): boolean {
    const pending = this.#pending.get(id)
    return pending !== undefined && isUnconfirmed(pending)
  }

  ids(): ReadonlySet<InvalidationId> {
    return new Set([...this.#pending.keys()].filter((id) => this.has(id)))
  }

  /**
   * Sends invalidations of this instance. Resolves to true if the store has confirmed all of them; never rejects.
   *
   * @param after they are sent when this promise has resolved, and only by the timer if it resolves to false.
   */
  async send(ids: readonly InvalidationId[], after = Promise.resolve(true)): Promise<boolean> {
    let areConfirmed = true
    const slices: Promise<boolean>[] = []
    for (let from = 0; from < ids.length; from += SLICE) {
      const slice = ids.slice(from, from + SLICE)
      const previous = slices.at(-1) ?? after
      // One after the other, so that the time limit of a call does not depend on the number of keys.
      slices.push(
        this.track(
          slice,
          previous.then((isUp) => (isUp ? this.#options.send(slice) : false)),
        ),
      )
    }
    for (const slice of slices) areConfirmed = (await slice) && areConfirmed
    return areConfirmed
  }

  /** Treats ids as pending until `attempt` resolves to true. If it resolves to false, the timer sends them. */
  track(ids: readonly InvalidationId[], attempt: Promise<boolean>): Promise<boolean> {
    for (const id of ids) {
      const pending = this.#pendingOf(id)
      pending.attempt = attempt
      pending.covering = pending.owed
      pending.isOwn = true
    }
    return attempt.then((isConfirmed) => {
      for (const id of ids) this.#end(id, attempt, isConfirmed)
      if (!isConfirmed) this.#retryLater()
      return isConfirmed
    })
  }

  /** Notes an invalidation of another instance in this process. */
  receive(id: InvalidationId): void {
    this.#pendingOf(id).owed++
    this.#limit()
  }

  /** Notes that the store has confirmed an invalidation of another instance in this process. */
  receiveConfirmation(id: InvalidationId): void {
    const pending = this.#pending.get(id)
    if (pending === undefined) return
    // Counted as the oldest one that is owed: if it is a later one, the id stays pending for longer, which costs a call.
    pending.owed = Math.max(0, pending.owed - 1)
    pending.covered = Math.max(0, pending.covered - 1)
    pending.covering = Math.max(0, pending.covering - 1)
    if (pending.owed === 0 && !pending.isOwn) this.#pending.delete(id)
  }

  /**
   * Resolves to true if nothing of `ids` is pending any more. Waits for attempts that run, and sends what another instance has
   * invalidated.
   */
  async settle(ids: readonly InvalidationId[]): Promise<boolean> {
    const own = ids.filter((id) => this.has(id))
    if (own.length === 0) return true
    if (!this.#options.mayShare) return false
    const settled = await Promise.all(own.map((id) => this.#settleOne(id)))
    return !settled.includes(false)
  }

  /** Sends everything that is pending once more, then stops the timer. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelRetry?.()
    const failed = this.#failed()
    if (failed.length > 0) await this.send(failed)
  }

  async #settleOne(id: InvalidationId): Promise<boolean> {
    const pending = this.#pending.get(id)
    if (pending === undefined || !isUnconfirmed(pending)) return true
    if (pending.attempt !== undefined) return pending.attempt
    return pending.isOwn ? false : this.send([id])
  }

  #pendingOf(id: InvalidationId): Pending {
    let pending = this.#pending.get(id)
    if (pending === undefined) {
      pending = { attempt: undefined, owed: 0, covered: 0, covering: 0, isOwn: false }
      this.#pending.set(id, pending)
    }
    return pending
  }

  #end(id: InvalidationId, attempt: Promise<boolean>, isConfirmed: boolean): void {
    const pending = this.#pending.get(id)
    if (pending?.attempt !== attempt) return // a later invalidation is under way
    pending.attempt = undefined
    if (!isConfirmed) return
    pending.isOwn = false
    if (id === EVERYTHING)
      pending.owed -= pending.covering // other instances send no confirmation of it
    else pending.covered = Math.max(pending.covered, pending.covering)
    if (pending.owed === 0) this.#pending.delete(id)
  }

  #failed(): InvalidationId[] {
    return [...this.#pending].flatMap(([id, { isOwn, attempt }]) =>
      isOwn && attempt === undefined ? [id] : [],
    )
  }

  #retryLater(): void {
    this.#limit()
    if (this.#isClosed || this.#cancelRetry !== undefined) return
    this.#cancelRetry = this.#options.schedule(() => {
      this.#cancelRetry = undefined
      const failed = this.#failed()
      if (failed.length > 0) void this.#retry(failed)
    }, RETRY_MS)
  }

  async #retry(ids: readonly InvalidationId[]): Promise<void> {
    if (await this.send(ids)) this.#options.onRetried(ids)
  }

  #limit(): void {
    if (this.#pending.size <= MAX_PENDING) return
    for (const [id, pending] of this.#pending) if (!isUnconfirmed(pending)) this.#pending.delete(id)
    if (this.#pending.size <= MAX_PENDING) return
    this.#pending.clear()
    this.#pendingOf(EVERYTHING).isOwn = true
    this.#retryLater()
  }
}

function isUnconfirmed({ isOwn, owed, covered }: Pending): boolean {
  return isOwn || owed > covered
}
