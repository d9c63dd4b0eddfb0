/** A callback that computes a metric at a scrape. Its errors are reported; none reaches the scrape or ends the process. */
import type { ReportError } from '../series/error-reports.ts'
import { Settling } from './settling.ts'

/** The state that all callbacks of a registry share. */
export class CallbackRuns {
  readonly report: ReportError
  /** Called when a callback returns a promise for the first time. */
  readonly onAsync: (metric: string) => void
  /** The metric whose callback runs right now. A callback that takes a snapshot would otherwise call itself. */
  current: string | undefined

  constructor(report: ReportError, onAsync: (metric: string) => void) {
    this.report = report
    this.onAsync = onAsync
  }
}

export class MetricCallback<Given extends readonly unknown[], R> {
  readonly #metric: string
  readonly #runs: CallbackRuns
  readonly #finish: (result: unknown) => R
  #callback: (...given: Given) => unknown
  #pending: Settling<R | undefined> | undefined
  #isAsync = false

  /** @param finish checks and converts a result; called again for each result, with what a promise resolves to */
  constructor(
    metric: string,
    runs: CallbackRuns,
    callback: (...given: Given) => unknown,
    finish: (result: unknown) => R,
  ) {
    this.#metric = metric
    this.#runs = runs
    this.#callback = callback
    this.#finish = finish
  }

  /** True if the callback has returned a promise. */
  get isAsync(): boolean {
    return this.#isAsync
  }

  /** Uses another callback from now on. The result of a call of the previous one is ignored by later runs. */
  replace(callback: (...given: Given) => unknown): void {
    this.#callback = callback
    this.#pending = undefined
    this.#isAsync = false
  }

  /**
   * Calls the callback. While a promise that it returned has not settled, returns that of the earlier call instead.
   * Returns undefined, or a promise of it, after an error, which has been reported by then.
   */
  run(...given: Given): R | Settling<R | undefined> | undefined {
    if (this.#pending !== undefined) return this.#pending
    try {
      return this.#guarded(() => {
        const result = this.#callback(...given)
        return isThenable(result) ? this.#join(result) : this.#finish(result)
      })
    } catch (error) {
      this.#runs.report(error, this.#metric)
      return undefined
    }
  }

  #join(result: PromiseLike<unknown>): Settling<R | undefined> {
    if (!this.#isAsync) this.#runs.onAsync(this.#metric)
    this.#isAsync = true
    const settled = this.#settle(result) // it rejects only if `onError` throws
    const pending: Settling<R | undefined> = new Settling(
      settled.finally(() => {
        if (this.#pending === pending) this.#pending = undefined
      }),
    )
    this.#pending = pending
    return pending
  }

  async #settle(result: PromiseLike<unknown>): Promise<R | undefined> {
    try {
      const settled = await result
      return this.#guarded(() => this.#finish(settled))
    } catch (error) {
      this.#runs.report(error, this.#metric)
      return undefined
    }
  }

  #guarded<T>(run: () => T): T {
    const outer = this.#runs.current
    this.#runs.current = this.#metric
    try {
      return run()
    } finally {
      this.#runs.current = outer
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
