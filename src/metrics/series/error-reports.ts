/** Reports the errors of metric operations to `onError`, so that no operation throws and no error is lost. */

/** Reports an error of a metric. Throws only if `onError` itself throws. */
export type ReportError = (error: unknown, metric: string) => void

/** `RegistryOptions.onError`. A promise that it returns is not awaited, and its rejection is ignored. */
export type OnError = (error: unknown, metric: string) => unknown

export class ErrorReports {
  readonly #onError: OnError
  readonly #count: (metric: string) => void
  /** Metrics whose first error has been reported. */
  readonly #reported = new Set<string>()

  /** @param count called for each error; must not throw */
  constructor(onError: OnError, count: (metric: string) => void) {
    this.#onError = onError
    this.#count = count
  }

  /** Counts the error, and calls `onError` if it is the metric's first. */
  readonly report: ReportError = (error, metric) => {
    this.#count(metric)
    if (this.#reported.has(metric)) return
    this.#reported.add(metric) // before the call, because `onError` may use the same metric
    try {
      ignoreRejection(this.#onError(error, metric))
    } catch (thrown) {
      this.#reported.delete(metric) // an `onError` that throws gets every error
      throw thrown
    }
  }

  /** Reports the next error of the metric again, because its declaration was replaced. */
  reset(metric: string): void {
    this.#reported.delete(metric)
  }
}

/** Handles the rejection of a promise; otherwise it would end the process on Node and Bun. */
export function ignoreRejection(result: unknown): void {
  if (result instanceof Object && 'then' in result) Promise.resolve(result).then(undefined, () => {})
}

/** The default of `onError`. */
export function logError(error: unknown, metric: string): void {
  const text = textOf(error).replaceAll(/\s+/g, ' ')
  // biome-ignore lint/suspicious/noConsole: the option `onError` replaces this
  console.error(
    `hitrate: error of the metric ${metric}: ${text}; further errors are counted in metrics_errors_total`,
  )
}

function textOf(error: unknown): string {
  try {
    return String(error)
  } catch {
    return `a thrown ${typeof error}` // an object whose conversion throws
  }
}
