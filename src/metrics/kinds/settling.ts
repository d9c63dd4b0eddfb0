/**
 * A promise for which any number of scrapes wait up to their deadlines. Each `then` of a promise that never settles stays
 * in memory, so there is only one, and a scrape that stops waiting is removed.
 */
export class Settling<T> {
  /** Undefined until the promise settles. */
  outcome: { readonly value: T } | { readonly error: unknown } | undefined
  readonly #waiting = new Set<() => void>()

  constructor(promise: Promise<T>) {
    promise.then(
      (value) => this.#settle({ value }),
      (error: unknown) => this.#settle({ error }),
    )
  }

  #settle(outcome: NonNullable<Settling<T>['outcome']>): void {
    this.outcome = outcome
    for (const run of this.#waiting) run()
    this.#waiting.clear()
  }

  /** Calls `run` when the promise settles, in the order of these calls. Returns a function that prevents it. */
  onSettled(run: () => void): () => void {
    this.#waiting.add(run)
    return () => void this.#waiting.delete(run)
  }

  /** Number of callbacks that wait. */
  get waiting(): number {
    return this.#waiting.size
  }
}

/**
 * Resolves when all have settled, or when `schedule` calls its argument. Rejects with the first error.
 * @param schedule begins the deadline, and returns a function that cancels it
 */
export async function allSettled(
  pending: readonly Settling<unknown>[],
  schedule: (run: () => void) => () => void,
): Promise<void> {
  const cancels: (() => void)[] = []
  try {
    await new Promise<void>((resolve, reject) => {
      let left = pending.length
      const look = ({ outcome }: Settling<unknown>) => {
        left--
        if (outcome && 'error' in outcome) reject(outcome.error)
        else if (left === 0) resolve()
      }
      for (const one of pending) cancels.push(one.onSettled(() => look(one)))
      cancels.push(schedule(resolve))
    })
  } finally {
    for (const cancel of cancels) cancel()
  }
}
