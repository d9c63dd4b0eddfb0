/** Takes the snapshots of a registry, with and without the values that come as promises. */
import type { Families } from './families.ts'
import type { CallbackRuns } from './kinds/metric-callback.ts'
import type { PerThreadGauges } from './kinds/per-thread-gauges.ts'
import { allSettled, type Settling } from './kinds/settling.ts'
import type { Snapshot } from './series/family.ts'
import type { Sharing } from './sharing/sharing.ts'
import { type BegunSnapshot, beginSnapshot, type Callbacks } from './snapshot.ts'

/** Calls `run` after so many ms; the returned function prevents that. */
export type Schedule = (run: () => void, ms: number) => () => void

/** The default deadline of `collectAsync`, in ms. */
export const defaultDeadlineMs = 5000

export type CollectorParts = {
  readonly families: Families
  readonly sharing: Sharing
  readonly perThread: PerThreadGauges
  readonly runs: CallbackRuns
  readonly schedule: Schedule
  /** Monotonic clock in ms. */
  readonly timer: () => number
}

export class Collector {
  readonly #families: Families
  readonly #sharing: Sharing
  readonly #perThread: PerThreadGauges
  readonly #runs: CallbackRuns
  readonly #schedule: Schedule
  readonly #timer: () => number
  /** For each promise that `publish` has seen pending, the time of its first call that did. */
  readonly #pendingSince = new WeakMap<Settling<unknown>, number>()

  constructor({ families, sharing, perThread, runs, schedule, timer }: CollectorParts) {
    this.#families = families
    this.#sharing = sharing
    this.#perThread = perThread
    this.#runs = runs
    this.#schedule = schedule
    this.#timer = timer
  }

  /** Implements `Registry.collect`. */
  collect(): Snapshot {
    return this.#finish(this.#begin('sync'), () => {})
  }

  /** Implements `Registry.collectAsync`. */
  async collectAsync(deadlineMs = defaultDeadlineMs): Promise<Snapshot> {
    const begun = this.#begin('all')
    if (begun.pending.length > 0) await this.#settledWithin(begun.pending, deadlineMs)
    return this.#finish(begun, (metric) => this.#reportSlow(metric, deadlineMs))
  }

  /** Returns the snapshot, with all errors up to now. */
  #finish(begun: BegunSnapshot, onMissing: (metric: string) => void): Snapshot {
    const snapshot = begun.finish(onMissing)
    const errors = this.#families.errors
    return errors === undefined ? snapshot : { families: [...snapshot.families, errors.sample()] }
  }

  /** Implements `Registry.publish`. */
  publish(): void {
    if (this.#isInCallback('publish')) return
    for (const { family, result, expire } of this.#perThread.publish()) {
      const since = this.#pendingSince.get(result) ?? this.#timer()
      this.#pendingSince.set(result, since)
      // No timer: the next call looks again, and until then the previous value is shown.
      if (this.#timer() - since < defaultDeadlineMs) continue
      expire()
      this.#reportSlow(family.head.name, defaultDeadlineMs)
    }
  }

  #reportSlow(metric: string, deadlineMs: number): void {
    const error = new Error(`${metric}: the callback has not settled within ${deadlineMs} ms`)
    error.name = 'TimeoutError'
    this.#runs.report(error, metric)
  }

  #begin(callbacks: Callbacks): BegunSnapshot {
    this.#sharing.sync()
    if (this.#families.conflict !== undefined) throw this.#families.conflict
    if (this.#isInCallback('collect')) return beginSnapshot(this.#families.all, 'none')
    const gauges = this.#perThread.publish(callbacks === 'sync')
    return beginSnapshot(this.#families.all, callbacks, callbacks === 'sync' ? [] : gauges)
  }

  /** Returns true and reports an error if a callback of this registry calls the method. */
  #isInCallback(method: string): boolean {
    const { current, report } = this.#runs
    if (current === undefined) return false
    report(
      new Error(`${current}: its callback calls ${method}, which would call the callback again`),
      current,
    )
    return true
  }

  /** Resolves when all promises have, or at the deadline. */
  #settledWithin(pending: readonly Settling<unknown>[], deadlineMs: number): Promise<void> {
    // Timers of more than 2^31 - 1 ms end at once.
    const ms = Math.min(deadlineMs, 2 ** 31 - 1)
    return allSettled(pending, (run) =>
      deadlineMs === Number.POSITIVE_INFINITY ? () => {} : this.#schedule(run, ms),
    )
  }
}

/** The default of `RegistryOptions.schedule`. */
export function byTimers(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}
