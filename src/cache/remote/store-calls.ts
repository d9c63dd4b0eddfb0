/**
 * Calls of the remote store. Each call has a time limit, and ends as an event. While a breaker is open, calls are not made.
 *
 * Reads and writes have a breaker each: a store that refuses a write, because it is full or a value is too large, still answers
 * reads. An unreachable store fails reads too, so writes also need the breaker of the reads.
 */
import type { RemoteStore } from '../../stores/store.ts'
import type { CacheCore } from '../core.ts'
import type { TierOperation, TierResult } from '../events.ts'
import { type Breaker, createBreaker } from './breaker.ts'

/** `read`: a failure concerns reads. `write`: a failure concerns writes only. `invalidate`: made even if writes are refused. */
export type CallKind = 'read' | 'write' | 'invalidate'

/** The answer of the store, or the reason why there is none. */
export type CallEnd<T> =
  | { ok: true; answer: T; durationMs: number }
  | { ok: false; result: 'error' | 'timeout' | 'out'; error?: unknown; durationMs: number }

export class StoreCalls {
  readonly timeoutMs: number
  readonly #core: CacheCore
  readonly #reads: Breaker
  readonly #writes: Breaker

  constructor(core: CacheCore, store: RemoteStore, timeoutMs: number) {
    this.timeoutMs = timeoutMs
    this.#core = core
    const { now, background: schedule } = core
    this.#reads = createBreaker({ now, schedule, probe: () => this.#answersPing(store) })
    this.#writes = createBreaker({ now, schedule })
  }

  /** True unless reads fail. */
  get up(): boolean {
    return this.#reads.up
  }

  /** Makes a call and reports it. Resolves to `undefined` if the store gave no answer. */
  async call<T>(
    operation: TierOperation,
    kind: CallKind,
    work: () => Promise<T>,
    resultOf: (answer: T) => TierResult = () => 'ok',
  ): Promise<T | undefined> {
    const end = await this.attempt(kind, work)
    this.report(operation, end.ok ? resultOf(end.answer) : end.result, end)
    return end.ok ? end.answer : undefined
  }

  /** Makes a call without reporting it. Never rejects. */
  async attempt<T>(kind: CallKind, work: () => Promise<T>): Promise<CallEnd<T>> {
    const { timer } = this.#core
    const startedAt = timer()
    if (!this.#reads.permits() || (kind === 'write' && !this.#writes.permits())) {
      return { ok: false, result: 'out', durationMs: 0 }
    }
    const breaker = kind === 'write' ? this.#writes : this.#reads
    try {
      const answer = await this.#withinTime(work)
      if (answer === LATE) {
        // A late store makes every caller wait, so one time is enough; the probe finds out whether it was an exception.
        breaker.failed(kind === 'read')
        return { ok: false, result: 'timeout', durationMs: timer() - startedAt }
      }
      breaker.succeeded()
      return { ok: true, answer, durationMs: timer() - startedAt }
    } catch (error) {
      if (kind !== 'invalidate') breaker.failed()
      return { ok: false, result: 'error', error, durationMs: timer() - startedAt }
    }
  }

  report(
    operation: TierOperation,
    result: TierResult,
    { durationMs, error }: { durationMs: number; error?: unknown },
  ): void {
    this.#core.emitTier('remote', operation, result, { durationMs, error })
  }

  close(): void {
    this.#reads.close()
    this.#writes.close()
  }

  /**
   * Waits for the store for at most `timeoutMs`. A busy event loop delays the answer as well as the timer, and runs the timer
   * first. So when the timer fires, a second one of 0 ms lets the runtime read its sockets once more.
   */
  #withinTime<T>(work: () => Promise<T>): Promise<T | typeof LATE> {
    const { schedule } = this.#core
    return new Promise((resolve, reject) => {
      let cancel = schedule(() => {
        cancel = schedule(() => resolve(LATE), 0)
      }, this.timeoutMs)
      work().then(
        (answer) => {
          cancel()
          resolve(answer)
        },
        (error) => {
          cancel()
          reject(error)
        },
      )
    })
  }

  async #answersPing(store: RemoteStore): Promise<boolean> {
    const { timer } = this.#core
    const startedAt = timer()
    try {
      const answer = await this.#withinTime(() => store.ping())
      const durationMs = timer() - startedAt
      this.report('ping', answer === LATE ? 'timeout' : 'ok', { durationMs })
      return answer !== LATE
    } catch (error) {
      this.report('ping', 'error', { durationMs: timer() - startedAt, error })
      return false
    }
  }
}

const LATE: unique symbol = Symbol('late')
